//! Passes over WebAssembly, from bytes to bytes. Before a component is compiled, they split its snapshot off, make
//! calls through its table direct, and add yield points to its code.

pub mod anatomy;
pub mod devirtualize;
pub mod join;
pub mod limits;
#[cfg(test)]
pub mod passes;
pub mod reencode;
pub mod split_snapshot;
pub mod yield_points;
