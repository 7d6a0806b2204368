//! What goes to standard output and standard error.

pub mod console;
pub mod log;
pub mod stdio;
