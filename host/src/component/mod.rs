//! Components: how one is encoded, and what it says of itself.

pub mod encode;
pub mod importable;
pub mod metadata;
pub mod preview1;
pub mod registry;
pub mod sbom;
