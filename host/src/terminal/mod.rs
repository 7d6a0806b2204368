//! Standard output and standard error.

pub mod browser;
pub mod colour;
pub mod console;
pub mod log;
pub mod log_file;
pub mod stdio;
