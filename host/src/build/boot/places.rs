//! The placement of an import's allocations.

/// Numbers of allocations and their sizes, ascending.
#[derive(Default)]
pub struct Placement(pub Vec<(u32, u32)>);
