//! What a machine has to have for serving.

pub mod checks;
pub mod finding;
