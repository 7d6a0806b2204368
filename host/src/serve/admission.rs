//! Counts active requests, and returns memory to the system after a peak of requests, responses or connections.

use crate::machine;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::Handle;

/// This many at once are a crowd. Of each sandbox, some 130 KiB stay with the allocator after it has gone.
const CROWD: u64 = 128;
/// And this many bytes at once are much.
const MUCH: u64 = 16 << 20;
/// A peak is over when a quarter of it is left: a busy server never falls to none.
const LEFT: u64 = 4;
/// From then until the allocator is trimmed: most of the peak's memory has been freed by then.
const DISPERSED: Duration = Duration::from_secs(1);
/// From one trim to the next: a trim blocks other threads for milliseconds.
const PAUSE: Duration = Duration::from_secs(10);

/// Memory should be returned.
static UNTIDY: AtomicBool = AtomicBool::new(false);
/// A task that trims is running.
static TIDYING: AtomicBool = AtomicBool::new(false);

/// Counts active requests.
pub struct ActiveRequests {
    now: AtomicUsize,
    peak: Peak,
}

impl Default for ActiveRequests {
    fn default() -> Self {
        ActiveRequests { now: AtomicUsize::new(0), peak: Peak::of_a_crowd() }
    }
}

impl ActiveRequests {
    /// The number of active requests.
    pub fn size(&self) -> usize {
        self.now.load(Relaxed)
    }

    pub fn enter(self: &Arc<Self>) -> ActiveGuard {
        self.peak.rises_to(self.now.fetch_add(1, Relaxed) as u64 + 1);
        ActiveGuard(self.clone())
    }
}

/// An active request, until dropped.
pub struct ActiveGuard(Arc<ActiveRequests>);

impl Drop for ActiveGuard {
    fn drop(&mut self) {
        self.0.peak.falls_to(self.0.now.fetch_sub(1, Relaxed) as u64 - 1);
    }
}

/// The peak of something that takes memory. When most of it has gone, the allocator returns its free memory to the
/// system.
pub struct Peak {
    /// The most at once since the last peak was over.
    most: AtomicU64,
    /// Peaks below this are not worth a trim.
    least: u64,
}

impl Peak {
    fn above(least: u64) -> Self {
        Peak { most: AtomicU64::new(0), least }
    }

    pub fn of_bytes() -> Self {
        Peak::above(MUCH)
    }

    pub fn of_a_crowd() -> Self {
        Peak::above(CROWD)
    }

    pub fn rises_to(&self, now: u64) {
        // Usually a higher peak stands, and nothing need be written.
        if now > self.most.load(Relaxed) {
            self.most.fetch_max(now, Relaxed);
        }
    }

    pub fn falls_to(&self, now: u64) {
        if self.is_over(now) {
            tidy();
        }
    }

    /// True once for each peak.
    fn is_over(&self, now: u64) -> bool {
        let most = self.most.load(Relaxed);
        let is_over = most >= self.least && now <= most / LEFT;
        is_over && self.most.compare_exchange(most, now, Relaxed, Relaxed).is_ok()
    }
}

fn tidy() {
    UNTIDY.store(true, Relaxed);
    let Ok(runtime) = Handle::try_current() else { return };
    if TIDYING.swap(true, Relaxed) {
        return;
    }
    runtime.spawn(async {
        while UNTIDY.load(Relaxed) {
            tokio::time::sleep(DISPERSED).await;
            UNTIDY.store(false, Relaxed);
            let _ = tokio::task::spawn_blocking(machine::trim).await;
            tokio::time::sleep(PAUSE).await;
        }
        TIDYING.store(false, Relaxed);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_over_when_a_quarter_is_left() {
        let peak = Peak::above(100);
        peak.rises_to(200);
        assert!(!peak.is_over(51));
        assert!(peak.is_over(50));
        assert!(!peak.is_over(1), "counted anew from fifty, which is not much");
        peak.rises_to(100);
        assert!(peak.is_over(20), "a second one");
    }
}
