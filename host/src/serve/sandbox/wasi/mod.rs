//! The WASI interfaces that wasgi implements itself.

pub mod clock;
pub mod environment;
pub mod file_stream;
pub mod files;
pub mod filesystem;
pub mod granted;
pub mod lock_calls;
pub mod quota;
pub mod random;
