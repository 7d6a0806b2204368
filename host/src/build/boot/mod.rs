//! Boots of the guest: to compile bytecode, to import the application, to warm it up, and to take the snapshot.

pub mod booted;
pub mod bytecode;
pub mod cap;
pub mod determinism;
pub mod guest;
pub mod import;
pub mod placement;
pub mod places;
pub mod snapshot;
pub mod warm_up;
pub mod write_trace;
