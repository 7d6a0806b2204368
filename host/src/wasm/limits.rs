//! A limit that rewritten code relies on.

/// Entries of all tables of a sandbox together. CPython takes the address of about 12,000 functions.
pub const TABLE_ELEMENTS: usize = 32 << 10;
