//! Passes over WebAssembly, from bytes to bytes: before a component is compiled, its snapshot is split off, calls
//! through its table become direct, and its code gets yield points.

pub mod anatomy;
pub mod devirtualize;
pub mod limits;
#[cfg(test)]
pub mod passes;
pub mod reencode;
pub mod split_snapshot;
pub mod yield_points;
