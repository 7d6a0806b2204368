//! Files and memory that machine code is kept in, and who may have written them.

pub mod archive;
pub mod cache;
pub mod sealed;
pub mod trust;
