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

/// What an application has to do just now, and its limits.
pub struct Load {
    /// Its name, where several run.
    pub application: Option<Arc<str>>,
    pub active: u64,
    /// Times that it was exchanged.
    pub reloads: u64,
    /// The last time it was refused, and the old one goes on.
    pub is_stale: bool,
    pub queued: u64,
    pub prepared: u64,
    pub sandboxes: u64,
    pub queue: u64,
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
    pub fn front(&self) -> Option<Arc<Front>> {
        self.serving.get()?.0.upgrade()
    }

    /// A line for each application, where several run.
    pub(super) fn applications(&self) -> String {
        let loads = self.front().map(|front| front.loads()).unwrap_or_default();
        let line = |load: &Load| {
            let state = if load.is_stale { "ready; its last reload was refused" } else { "ready" };
            Some(format!("{}: {state}\n", load.application.as_ref()?))
        };
        loads.iter().filter_map(line).collect()
    }

    /// The serving threads take up work, or the server still starts.
    pub(super) async fn is_alive(&self) -> bool {
        let Some((_, runtime)) = self.serving.get() else { return true };
        matches!(timeout(ALIVE, runtime.spawn(async {})).await, Ok(Ok(())))
    }
}
