//! What a sandbox's memory begins with.

use super::Slots;
use std::{ptr, slice};

impl Slots {
    /// The snapshot, and its first address in a guest's memory.
    pub fn content(&self) -> (usize, &[u8]) {
        let shared = &self.0;
        let start = ptr::with_exposed_provenance(shared.original.start());
        // SAFETY: the mapping of the snapshot is as long, lives as long as this, and is never written to.
        (shared.snapshot.start, unsafe { slice::from_raw_parts(start, shared.snapshot.length) })
    }
}
