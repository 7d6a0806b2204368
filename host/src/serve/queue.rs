//! The queue of requests that wait for a sandbox.

use super::request::error::RequestError;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A queue slot, given up when dropped: also when the client leaves meanwhile.
pub struct QueueSlot<'a>(&'a AtomicU32);

impl<'a> QueueSlot<'a> {
    /// # Errors
    /// When all are taken.
    pub fn take(waiting: &'a AtomicU32, queue: u32) -> Result<Self, RequestError> {
        let place = QueueSlot(waiting);
        let before = waiting.fetch_add(1, Relaxed);
        if before < queue { Ok(place) } else { Err(RequestError::Busy) }
    }
}

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
