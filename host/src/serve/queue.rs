//! Requests that wait for a sandbox, or for their turn on a thread.

use super::request::error::RequestError;
use super::sandbox::limiter::yield_now;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tokio::runtime::Handle;

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

/// Yields to every task that was ready before.
///
/// The runtime alone is not fair: it runs a task that a socket has just woken before all ready ones. A client that
/// sends its next request at once would be served at once, and make others wait as long as it goes on.
pub async fn stand_in_line() {
    let runtime = Handle::current().metrics();
    // With a thread for each connection none waits; queueing would wake another thread for nothing.
    if runtime.num_alive_tasks() > runtime.num_workers() {
        yield_now().await;
    }
}
