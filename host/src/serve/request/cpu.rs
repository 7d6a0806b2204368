//! The CPU time of a thread. The kernel takes a microsecond or two to answer; while a thread runs without a context
//! switch, the monotonic clock says as much and costs next to nothing.

use nix::sys::resource::Usage;
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    static KNOWN: Cell<Option<Known>> = const { Cell::new(None) };
}

/// The kernel's last answer for this thread.
#[derive(Clone, Copy)]
struct Known {
    cpu: Duration,
    /// When it answered.
    at: Instant,
    /// The thread's context switches before it.
    breaks: i64,
}

/// The CPU time of this thread since its start, at `now`, which must not precede that of the last call. `kernel` is
/// this thread's usage, read after `now`.
pub fn of_this_thread(now: Instant, kernel: &Usage) -> Duration {
    let breaks = kernel.voluntary_context_switches() + kernel.involuntary_context_switches();
    match KNOWN.get() {
        // No context switch since then.
        Some(known) if known.breaks == breaks => known.cpu + now.saturating_duration_since(known.at),
        _ => {
            let cpu = asked_of_the_kernel();
            // A context switch from here on changes the count.
            KNOWN.set(Some(Known { cpu, at: Instant::now(), breaks }));
            cpu
        }
    }
}

/// Not getrusage's times: the kernel updates those only at its ticks.
fn asked_of_the_kernel() -> Duration {
    let cpu = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(0, |time| time.num_nanoseconds());
    Duration::from_nanos(cpu.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::resource::{UsageWho, getrusage};
    use std::thread;

    fn ours() -> Duration {
        let now = Instant::now();
        of_this_thread(now, &getrusage(UsageWho::RUSAGE_THREAD).unwrap())
    }

    fn work_for(time: Duration) {
        let end = asked_of_the_kernel() + time;
        while asked_of_the_kernel() < end {}
    }

    #[test]
    fn work_counts_and_sleep_does_not() {
        let (ours_before, before) = (ours(), asked_of_the_kernel());
        for _ in 0..20 {
            work_for(Duration::from_millis(1));
            let _ = ours();
            thread::sleep(Duration::from_millis(10));
            let _ = ours();
        }
        let (counted, all) = (ours() - ours_before, asked_of_the_kernel() - before);
        assert!(counted >= Duration::from_millis(20));
        assert!(counted.abs_diff(all) < Duration::from_millis(10), "{counted:?} of {all:?}");
    }

    #[test]
    fn a_thread_begins_with_what_it_has_used() {
        thread::spawn(|| {
            work_for(Duration::from_millis(5));
            assert!(ours() >= Duration::from_millis(5));
        })
        .join()
        .unwrap();
    }
}
