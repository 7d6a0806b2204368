//! The proof that a guest has written to no page for the first time.
//!
//! A page becomes private to its slot by a page fault of the thread that writes to it, and the kernel counts each fault
//! of that thread (`mm_account_fault` in its `mm/memory.c`). So if the count is the same before and after, no page has
//! become private. The log takes its figures from these readings ([`crate::serve::request::usage`]); nothing here
//! depends on the log.
//!
//! Doubt counts as a fault: a kernel that counts none or denies the count, a guest that panicked, a sandbox dropped
//! outside its guest. The caller then checks every page.

use super::pages::Probe;
use nix::sys::resource::{self, UsageWho, getrusage};
use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// What the kernel has counted of the current thread since its start.
pub struct Reading {
    /// A moment right before the count was read.
    pub at: Instant,
    /// None if the kernel denies the count.
    pub kernel: Option<resource::Usage>,
}

impl Reading {
    fn of_this_thread() -> Self {
        Reading { at: Instant::now(), kernel: getrusage(UsageWho::RUSAGE_THREAD).ok() }
    }

    /// Minor and major page faults, from the kernel.
    pub fn faults(&self) -> Option<u64> {
        self.kernel.map(|kernel| (kernel.minor_page_faults() + kernel.major_page_faults()).unsigned_abs())
    }

    /// The same, if the kernel's count proves anything.
    fn proven(&self) -> Option<u64> {
        self.faults().filter(|_| *COUNTED)
    }
}

/// gVisor has these counts, but they are always 0.
static COUNTED: LazyLock<bool> = LazyLock::new(|| counts(|| Reading::of_this_thread().faults()));

/// Whether `faults` goes up with the first write to a page.
fn counts(faults: impl Fn() -> Option<u64>) -> bool {
    let Ok(probe) = Probe::new() else { return false };
    let before = faults();
    probe.write();
    before.zip(faults()).is_some_and(|(before, after)| after > before)
}

/// A moment in a guest's life, marked by its page faults so far: between two equal marks it has had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultMark {
    guest: u64,
    faults: u64,
}

impl FaultMark {
    /// The mark of the guest that this thread polls, at the beginning of the poll. None if no guest is polled, or its
    /// faults are unknown.
    pub fn before_this_poll() -> Option<Self> {
        let Current { guest, earlier, .. } = CURRENT.get()?;
        Some(FaultMark { guest, faults: earlier? })
    }

    /// The mark of that guest now. None also if this thread neither polls nor drops a guest.
    pub fn now() -> Option<Self> {
        let Current { guest, earlier, began } = CURRENT.get()?;
        let faults = match began {
            Began::Poll(began) => sum(earlier, began, Reading::of_this_thread().proven()),
            Began::Drop => earlier,
        };
        Some(FaultMark { guest, faults: faults? })
    }
}

/// Whether the guest that this thread polls or drops is proven to have had no page fault since `mark`.
pub fn none_since(mark: Option<FaultMark>) -> bool {
    mark.is_some() && mark == FaultMark::now()
}

/// The faults of earlier polls plus those of one poll, from the thread's counts at its beginning and end.
fn sum(earlier: Option<u64>, began: Option<u64>, ended: Option<u64>) -> Option<u64> {
    earlier?.checked_add(ended?.checked_sub(began?)?)
}

/// The guest that this thread polls or drops.
#[derive(Clone, Copy)]
struct Current {
    guest: u64,
    /// Its faults in all earlier polls.
    earlier: Option<u64>,
    began: Began,
}

#[derive(Clone, Copy)]
enum Began {
    /// With this count of the thread's faults.
    Poll(Option<u64>),
    /// The guest no longer touches its memory.
    Drop,
}

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// Restores the previous state, also when a guest panics.
struct Outer(Option<Current>);

impl Outer {
    fn enter(current: Current) -> Self {
        Outer(CURRENT.replace(Some(current)))
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// The page faults of one guest over all its polls, on any thread.
pub struct Tally {
    guest: u64,
    /// None once they are unknown.
    faults: Option<u64>,
}

/// Guests have distinct numbers.
static GUESTS: AtomicU64 = AtomicU64::new(0);

impl Tally {
    pub fn new() -> Self {
        Tally { guest: GUESTS.fetch_add(1, Relaxed), faults: Some(0) }
    }

    /// Runs one poll of the guest, which must include everything that touches its memory. `poll` gets the reading
    /// before it; the reading after it is returned with the result.
    pub fn poll<T>(&mut self, poll: impl FnOnce(&Reading) -> T) -> (T, Reading) {
        // Unknown until the poll is over, and for ever if it panics.
        let earlier = self.faults.take();
        let before = Reading::of_this_thread();
        let began = before.proven();
        let outer = Outer::enter(Current { guest: self.guest, earlier, began: Began::Poll(began) });
        let result = poll(&before);
        drop(outer);
        let after = Reading::of_this_thread();
        self.faults = sum(earlier, began, after.proven());
        (result, after)
    }

    /// Drops what remains of a guest that has returned: it no longer touches its memory.
    pub fn release<T>(&self, remains: T) {
        let current = Current { guest: self.guest, earlier: self.faults, began: Began::Drop };
        let _outer = Outer::enter(current);
        drop(remains);
    }
}

#[cfg(test)]
mod tests;
