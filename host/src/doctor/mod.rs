//! What a machine needs for serving.

pub mod checks;
pub mod finding;
