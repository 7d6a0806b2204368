//! File numbers.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// The number of a file, as a guest sees it.
pub fn number_of(device: u64, inode: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (device, inode).hash(&mut hasher);
    hasher.finish()
}
