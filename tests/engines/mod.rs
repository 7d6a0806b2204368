//! Our components on other engines, and foreign components on ours.

mod foreign;
mod lattice;
mod reuse;
mod same;
mod stock;
mod wasmcloud;
