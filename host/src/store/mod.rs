//! Files and memory that hold machine code, and the check of who could have written them.

pub mod archive;
pub mod cache;
pub mod sealed;
pub mod trust;
