//! What the admin's pages tell of the server.

use crate::serve::http::front::Front;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, SystemTime};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// For the serving threads to take up a task: guests make way for others every few milliseconds.
const ALIVE: Duration = Duration::from_secs(5);

/// Lives once.
pub struct State {
    began: SystemTime,
    serving: OnceLock<(Weak<Front>, Handle)>,
    is_draining: AtomicBool,
}

/// What the server has to do just now, and its limits.
pub struct Load {
    pub active: u64,
    /// Times that the application was exchanged.
    pub reloads: u64,
    pub queued: u64,
    pub prepared: u64,
    pub sandboxes: u64,
    pub queue: u64,
    pub connections: u64,
    pub connections_limit: u64,
}

impl Default for State {
    fn default() -> Self {
        State { began: SystemTime::now(), serving: OnceLock::new(), is_draining: AtomicBool::new(false) }
    }
}

impl State {
    pub(super) fn is_served_by(&self, front: &Arc<Front>, runtime: Handle) {
        let _ = self.serving.set((Arc::downgrade(front), runtime));
    }

    /// The server ends: no new client should be sent to it.
    pub fn drains(&self) {
        self.is_draining.store(true, Relaxed);
    }

    /// Seconds since 1970.
    pub fn began(&self) -> u64 {
        self.began.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    pub fn is_ready(&self) -> bool {
        self.why_not_ready().is_none()
    }

    pub(super) fn why_not_ready(&self) -> Option<&'static str> {
        match self.serving.get() {
            _ if self.is_draining.load(Relaxed) => Some("draining"),
            None => Some("starting"),
            Some(_) => None,
        }
    }

    /// None while the server starts.
    pub fn load(&self) -> Option<Load> {
        Some(self.serving.get()?.0.upgrade()?.load())
    }

    /// The serving threads take up work, or the server still starts.
    pub(super) async fn is_alive(&self) -> bool {
        let Some((_, runtime)) = self.serving.get() else { return true };
        matches!(timeout(ALIVE, runtime.spawn(async {})).await, Ok(Ok(())))
    }
}
