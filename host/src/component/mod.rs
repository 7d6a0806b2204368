//! What a component says of itself.

pub mod importable;
