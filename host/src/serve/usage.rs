//! What a request costs: measured around every poll of its guest, on the thread that polls.

use super::record::Record;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// CPU time and page faults of the current thread, from its start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Microseconds, user and system.
    pub cpu_us: u64,
    /// Minor page faults. The first write to each page of a fresh sandbox is one; with `--reset scan`, pages that an
    /// earlier request wrote are in place already and fault no more.
    pub faults: u64,
}

impl Usage {
    fn of_this_thread() -> Self {
        // Not getrusage's times, which the kernel brings up to date only at its ticks.
        let cpu = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(0, |time| time.num_microseconds());
        let faults = getrusage(UsageWho::RUSAGE_THREAD).map_or(0, |usage| usage.minor_page_faults());
        Usage { cpu_us: cpu.unsigned_abs(), faults: faults.unsigned_abs() }
    }

    fn since(self, earlier: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us.saturating_sub(earlier.cpu_us), faults: self.faults.saturating_sub(earlier.faults) }
    }
}

/// A future whose polls are charged to a request.
pub struct Metered<F> {
    future: Pin<Box<F>>,
    record: Arc<Record>,
}

impl<F: Future> Metered<F> {
    pub fn new(future: F, record: Arc<Record>) -> Self {
        Metered { future: Box::pin(future), record }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<F::Output> {
        let before = Usage::of_this_thread();
        let result = self.future.as_mut().poll(context);
        self.record.used(Usage::of_this_thread().since(before));
        result
    }
}
