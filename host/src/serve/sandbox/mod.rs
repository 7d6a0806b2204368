//! Sandboxes: prepared before their requests, supervised while they run, retired after their responses.

pub mod accounted;
pub mod call;
pub mod egress;
pub mod factory;
pub mod limiter;
pub mod pool;
pub mod store;
pub mod supervise;
pub mod wasi;
