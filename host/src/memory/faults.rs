//! The proof that a guest has written to no page for the first time.
//!
//! A page becomes private to its slot by a page fault of the thread that writes to it, and the kernel counts each fault
//! in that thread's name (`mm_account_fault` in its `mm/memory.c`). So where the count is the same before and after, no
//! page has become private. The log takes its figures from the readings made here ([`crate::serve::request::usage`]); nothing here
//! depends on what is logged.
//!
//! Doubt is a fault: a kernel that counts none or refuses to tell, a guest that panicked, a sandbox that is dropped
//! outside of its guest. Whoever asks then looks at every page.

use super::pages::Probe;
use nix::sys::resource::{self, UsageWho, getrusage};
use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// What the kernel has counted of the current thread since its start.
pub struct Reading {
    /// A moment right before the kernel was asked.
    pub at: Instant,
    /// None where the kernel refuses to tell.
    pub kernel: Option<resource::Usage>,
}

impl Reading {
    fn of_this_thread() -> Self {
        Reading { at: Instant::now(), kernel: getrusage(UsageWho::RUSAGE_THREAD).ok() }
    }

    /// Minor and major page faults, as the kernel has them.
    pub fn faults(&self) -> Option<u64> {
        self.kernel.map(|kernel| (kernel.minor_page_faults() + kernel.major_page_faults()).unsigned_abs())
    }

    /// The same where it proves anything.
    fn proven(&self) -> Option<u64> {
        self.faults().filter(|_| *COUNTED)
    }
}

/// gVisor has the numbers, and they are always 0.
static COUNTED: LazyLock<bool> = LazyLock::new(|| counts(|| Reading::of_this_thread().faults()));

/// Whether `faults` goes up with the first write to a page.
fn counts(faults: impl Fn() -> Option<u64>) -> bool {
    let Ok(probe) = Probe::new() else { return false };
    let before = faults();
    probe.write();
    before.zip(faults()).is_some_and(|(before, after)| after > before)
}

/// A moment in a guest's life, told by the page faults that it has had: two equal ones have none between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultMark {
    guest: u64,
    faults: u64,
}

impl FaultMark {
    /// Where the guest that this thread polls was when its poll began; nothing where no guest is polled, or its faults
    /// are not known.
    pub fn before_this_poll() -> Option<Self> {
        let Current { guest, earlier, .. } = CURRENT.get()?;
        Some(FaultMark { guest, faults: earlier? })
    }

    /// Where it is now: nothing, too, where this thread neither polls nor drops a guest.
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

/// The faults of earlier polls and those of one that began and ended with so many of its thread's own.
fn sum(earlier: Option<u64>, began: Option<u64>, ended: Option<u64>) -> Option<u64> {
    earlier?.checked_add(ended?.checked_sub(began?)?)
}

/// What this thread does with a guest.
#[derive(Clone, Copy)]
struct Current {
    guest: u64,
    /// Its faults in all polls before.
    earlier: Option<u64>,
    began: Began,
}

#[derive(Clone, Copy)]
enum Began {
    /// With so many faults of the thread's own.
    Poll(Option<u64>),
    /// The guest touches its memory no more.
    Drop,
}

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// Puts back what was before, also when a guest panics.
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

/// The page faults of one guest in all its polls, on whichever threads.
pub struct Tally {
    guest: u64,
    /// None once they are not known.
    faults: Option<u64>,
}

/// No two guests have the same number.
static GUESTS: AtomicU64 = AtomicU64::new(0);

impl Tally {
    pub fn new() -> Self {
        Tally { guest: GUESTS.fetch_add(1, Relaxed), faults: Some(0) }
    }

    /// Runs one poll of the guest, all of what touches its memory. `poll` gets the reading before it; the one after it
    /// comes back with what `poll` gives.
    pub fn poll<T>(&mut self, poll: impl FnOnce(&Reading) -> T) -> (T, Reading) {
        // Until the poll is over, and for ever if it panics, nothing is known.
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

    /// Drops what remains of a guest that has come to its end: it touches its memory no more.
    pub fn release<T>(&self, remains: T) {
        let current = Current { guest: self.guest, earlier: self.faults, began: Began::Drop };
        let _outer = Outer::enter(current);
        drop(remains);
    }
}

#[cfg(test)]
mod tests;
