//! A limit that rewritten code counts on.

/// Entries that the tables of a sandbox may have together. CPython has about 12,000 functions whose address is taken.
pub const TABLE_ELEMENTS: usize = 32 << 10;
