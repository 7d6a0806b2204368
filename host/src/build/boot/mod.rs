//! Boots of the guest: byte code, the import of the application, its warm-up, and the snapshot of that.

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
