//! The WASI interfaces whose host functions are wasgi's own.

pub mod clock;
pub mod environment;
pub mod file_stream;
pub mod files;
pub mod filesystem;
pub mod granted;
pub mod lock_calls;
pub mod quota;
pub mod random;
