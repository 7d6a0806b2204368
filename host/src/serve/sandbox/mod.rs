//! Sandboxes: made before their requests, supervised while they run, retired behind their answers.

pub mod accounted;
pub mod factory;
pub mod limiter;
pub mod pool;
pub mod supervise;
pub mod wasi;
