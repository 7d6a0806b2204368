//! Components on other engines, and components of others on ours.

mod foreign;
mod reuse;
mod same;
mod stock;
