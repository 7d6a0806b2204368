//! What a crowd of requests leaves behind.

use crate::machine;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::Handle;

/// So many sandboxes at once are a crowd. Of each, some 130 KiB stay with the allocator when it has gone.
const CROWD: usize = 128;
/// From the end of a crowd's last sandbox until its connections have closed, too.
const DISPERSED: Duration = Duration::from_secs(1);

/// Counts sandboxes.
#[derive(Default)]
pub struct Crowd {
    now: AtomicUsize,
    /// The most at once since there was none.
    most: AtomicUsize,
}

impl Crowd {
    pub fn enter(&self) {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(now, Relaxed);
    }

    /// When the last one of a crowd leaves, the system gets back what the allocator has kept.
    pub fn leave(&self) {
        let is_last = self.now.fetch_sub(1, Relaxed) == 1;
        if is_last && self.most.swap(0, Relaxed) >= CROWD {
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
