//! What a sandbox has used of its limits.

use super::args::Limits;
use crate::terminal::console;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use tokio::sync::Semaphore;

/// What a sandbox has used.
pub struct Used {
    requests: AtomicU32,
    /// One place for each request at the same time.
    pub places: Arc<Semaphore>,
    bytes_left: AtomicU64,
    /// The log says once that there are too many.
    is_told: AtomicBool,
}

impl Used {
    /// Nothing yet.
    pub fn new(limits: &Limits) -> Self {
        Used {
            requests: AtomicU32::new(0),
            places: Arc::new(Semaphore::new(limits.http_at_once.get() as usize)),
            bytes_left: AtomicU64::new(limits.http_bytes.0),
            is_told: AtomicBool::new(false),
        }
    }

    /// Counts one more request; whether the sandbox may make it. `name` is what its lines in the log begin with.
    pub fn counts(&self, limits: &Limits, name: &str) -> bool {
        if self.requests.fetch_add(1, Relaxed) < limits.http_requests.get() {
            return true;
        }
        if !self.is_told.swap(true, Relaxed) {
            console::warning(&format!("{name} out: more than --http-requests allows: further ones fail"));
        }
        false
    }

    /// Counts bytes; whether the sandbox may have them.
    pub fn takes(&self, bytes: usize) -> bool {
        let less = |left: u64| left.checked_sub(bytes as u64);
        self.bytes_left.fetch_update(Relaxed, Relaxed, less).is_ok()
    }
}
