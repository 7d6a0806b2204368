//! What a request costs: measured around every poll of its guest, on the thread that polls. What made its sandbox
//! before it arrived, and resets it behind its answer, is not in it.

use super::cpu;
use super::record::Record;
use nix::sys::resource::{self, UsageWho, getrusage};
use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

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
    /// Without `charged` nobody asks for its time, which may take a call of the kernel's.
    fn of_this_thread(charged: bool) -> Self {
        let now = Instant::now();
        let Ok(kernel) = getrusage(UsageWho::RUSAGE_THREAD) else { return Usage::default() };
        let cpu = if charged { cpu::of_this_thread(now, &kernel) } else { Duration::ZERO };
        Usage { cpu_us: u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX), faults: faults(&kernel) }
    }

    fn and(self, more: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us + more.cpu_us, faults: self.faults + more.faults }
    }

    fn since(self, earlier: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us.saturating_sub(earlier.cpu_us), faults: self.faults.saturating_sub(earlier.faults) }
    }
}

fn faults(kernel: &resource::Usage) -> u64 {
    (kernel.minor_page_faults() + kernel.major_page_faults()).unsigned_abs()
}

fn faults_of_this_thread() -> u64 {
    getrusage(UsageWho::RUSAGE_THREAD).map_or(0, |kernel| faults(&kernel))
}

/// A moment in a metered future's life, told by the page faults it has had: two equal ones have none between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    future: u64,
    faults: u64,
}

impl Moment {
    /// When the metered future that this thread polls was last left alone; nothing where it polls none.
    pub fn before_this_poll() -> Option<Self> {
        METERED.get().map(|metered| metered.before)
    }

    /// Nothing where this thread neither polls nor drops a metered future.
    pub fn now() -> Option<Self> {
        let Metering { before, thread } = METERED.get()?;
        let faults = thread.map_or(0, |thread| faults_of_this_thread().wrapping_sub(thread));
        Some(Moment { faults: before.faults + faults, ..before })
    }
}

/// Whether the metered future that this thread polls or drops has had no page fault since it `began`; false where that
/// is not known.
pub fn no_fault_since(began: Option<Moment>) -> bool {
    began.is_some() && began == Moment::now()
}

/// What this thread does with a metered future.
#[derive(Clone, Copy)]
struct Metering {
    before: Moment,
    /// The thread's own faults when the poll began. None when the future is dropped: it touches its memory no more.
    thread: Option<u64>,
}

thread_local! {
    static METERED: Cell<Option<Metering>> = const { Cell::new(None) };
}

/// No two have the same number.
static FUTURES: AtomicU64 = AtomicU64::new(0);

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future whose polls are charged to a request. It gives what it has to tell, and what remains of it until this is
/// dropped.
pub struct Metered<T, R> {
    /// Until it has come to its end, or this is dropped.
    future: Option<Boxed<(T, R)>>,
    remains: Option<R>,
    number: u64,
    /// In all polls before.
    used: Usage,
    /// None while it is not known for which request it is.
    record: Option<Arc<Record>>,
}

impl<T, R> Metered<T, R> {
    pub fn new(future: impl Future<Output = (T, R)> + Send + 'static) -> Self {
        let (future, number) = (Some(Box::pin(future) as _), FUTURES.fetch_add(1, Relaxed));
        Metered { future, remains: None, number, used: Usage::default(), record: None }
    }

    /// Whom to charge from now on: also for page faults before.
    pub fn charge(&mut self, record: Arc<Record>) {
        record.used(self.used);
        self.record = Some(record);
    }

    fn moment(&self) -> Moment {
        Moment { future: self.number, faults: self.used.faults }
    }
}

impl<T, R: Unpin> Future for Metered<T, R> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<T> {
        let charged = self.record.is_some();
        let before = Usage::of_this_thread(charged);
        METERED.set(Some(Metering { before: self.moment(), thread: Some(before.faults) }));
        let future = self.future.as_mut().expect("polled after its end");
        let result = future.as_mut().poll(context);
        METERED.set(None);
        let used = Usage::of_this_thread(charged).since(before);
        self.used = self.used.and(used);
        if let Some(record) = &self.record {
            record.used(used);
        }
        result.map(|(told, remains)| {
            self.remains = Some(remains);
            told
        })
    }
}

impl<T, R> Drop for Metered<T, R> {
    fn drop(&mut self) {
        let outer = METERED.replace(Some(Metering { before: self.moment(), thread: None }));
        self.future = None;
        self.remains = None;
        METERED.set(outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::pages::Reservation;
    use std::ptr;

    /// Faults or not, and tells whether that was noticed, at once and when it is dropped.
    fn noticed(faults: bool) -> [bool; 2] {
        struct Look(Option<Moment>, std::sync::mpsc::Sender<bool>);
        impl Drop for Look {
            fn drop(&mut self) {
                assert!(self.0.is_some());
                let _ = self.1.send(self.0 != Moment::now());
            }
        }
        let (sender, noticed) = std::sync::mpsc::channel();
        let mut metered = Box::pin(Metered::new(async move {
            let look = Look(Moment::before_this_poll(), sender);
            if faults {
                // Not from an allocator, which may give what was written before.
                let space = Reservation::new(4096).unwrap();
                space.open(&(space.start()..space.end())).unwrap();
                // SAFETY: it is open, and nobody else knows of it.
                unsafe { ptr::with_exposed_provenance_mut::<u8>(space.start()).write_volatile(1) };
            }
            (look.0 != Moment::now(), look)
        }));
        let Poll::Ready(at_once) = metered.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())) else {
            panic!("it waits for nothing")
        };
        drop(metered);
        [at_once, noticed.recv().unwrap()]
    }

    #[test]
    fn what_is_written_for_the_first_time_is_noticed() {
        assert_eq!(Moment::now(), None, "nothing is metered here");
        assert_eq!(noticed(true), [true, true]);
        // The first poll of all may fault for its own reasons.
        assert!((0..10).any(|_| noticed(false) == [false, false]));
        assert_eq!(Moment::now(), None);
    }
}
