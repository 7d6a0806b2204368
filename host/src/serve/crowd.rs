//! What a crowd of requests leaves behind.

use crate::machine;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::Handle;

/// So many sandboxes at once are a crowd. Of each, some 130 KiB stay with the allocator when it has gone.
const CROWD: usize = 128;
/// From the end of a crowd's last sandbox until its connections have closed, too.
const DISPERSED: Duration = Duration::from_secs(1);

/// Counts requests that have a sandbox.
#[derive(Default)]
pub struct Crowd {
    now: AtomicUsize,
    /// The most at once since there was none.
    most: AtomicUsize,
}

impl Crowd {
    /// How many there are.
    pub fn size(&self) -> usize {
        self.now.load(Relaxed)
    }

    pub fn enter(self: &Arc<Self>) -> Visit {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(now, Relaxed);
        Visit(self.clone())
    }
}

/// One of them, until dropped.
pub struct Visit(Arc<Crowd>);

impl Drop for Visit {
    /// When the last one of a crowd leaves, the system gets back what the allocator has kept.
    fn drop(&mut self) {
        let is_last = self.0.now.fetch_sub(1, Relaxed) == 1;
        if is_last && self.0.most.swap(0, Relaxed) >= CROWD {
            tidy();
        }
    }
}

fn tidy() {
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async {
        tokio::time::sleep(DISPERSED).await;
        tokio::task::spawn_blocking(machine::trim).await
    });
}
