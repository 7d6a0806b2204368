//! Components: how they are encoded, and their metadata.

pub mod beyond;
pub mod encode;
pub mod importable;
pub mod metadata;
pub mod preview1;
pub mod registry;
pub mod sbom;
