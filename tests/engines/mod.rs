//! Our components on other engines, and foreign components on ours.

mod foreign;
mod reuse;
mod same;
mod stock;
