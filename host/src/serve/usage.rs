//! What a request costs: measured around every poll of its guest, on the thread that polls.

use super::record::Record;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

/// CPU time and page faults of the current thread, from its start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Microseconds, user and system.
    pub cpu_us: u64,
    /// Page faults. The first write to each page of a fresh sandbox is one; with `--reset scan`, pages that an earlier
    /// request wrote are in place already and fault no more.
    pub faults: u64,
}

impl Usage {
    fn of_this_thread() -> Self {
        // Not getrusage's times, which the kernel brings up to date only at its ticks.
        let cpu = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(0, |time| time.num_microseconds());
        Usage { cpu_us: cpu.unsigned_abs(), faults: faults_of_this_thread() }
    }

    fn since(self, earlier: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us.saturating_sub(earlier.cpu_us), faults: self.faults.saturating_sub(earlier.faults) }
    }
}

fn faults_of_this_thread() -> u64 {
    let both = |usage: nix::sys::resource::Usage| usage.minor_page_faults() + usage.major_page_faults();
    getrusage(UsageWho::RUSAGE_THREAD).map_or(0, both).unsigned_abs()
}

/// A moment in a metered future's life, told by the page faults it has had: two equal ones have none between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    future: u64,
    faults: u64,
}

impl Moment {
    /// Nothing where this thread polls no metered future.
    pub fn now() -> Option<Self> {
        let Moment { future, faults } = POLLED.get()?;
        Some(Moment { future, faults: faults_of_this_thread().wrapping_sub(faults) })
    }
}

thread_local! {
    /// The metered future that this thread polls, and how many faults of the thread's are not that future's.
    static POLLED: Cell<Option<Moment>> = const { Cell::new(None) };
}

/// No two have the same number.
static FUTURES: AtomicU64 = AtomicU64::new(0);

/// A future whose polls are charged to a request.
pub struct Metered<F> {
    future: Pin<Box<F>>,
    number: u64,
    /// In all polls before.
    faults: u64,
    record: Arc<Record>,
}

impl<F: Future> Metered<F> {
    pub fn new(future: F, record: Arc<Record>) -> Self {
        Metered { future: Box::pin(future), number: FUTURES.fetch_add(1, Relaxed), faults: 0, record }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<F::Output> {
        let before = Usage::of_this_thread();
        POLLED.set(Some(Moment { future: self.number, faults: before.faults.wrapping_sub(self.faults) }));
        let result = self.future.as_mut().poll(context);
        POLLED.set(None);
        let used = Usage::of_this_thread().since(before);
        self.faults += used.faults;
        self.record.used(used);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn what_is_written_for_the_first_time_is_noticed() {
        assert_eq!(Moment::now(), None, "nothing is metered here");
        let thread = faults_of_this_thread();
        POLLED.set(Some(Moment { future: 1, faults: thread }));
        let before = Moment::now();
        assert_eq!(before, Moment::now());
        black_box(vec![1_u8; 8 << 20]);
        assert_ne!(before, Moment::now());
        POLLED.set(None);
    }
}
