//! The limiter: it grants a guest memory, and makes it yield when its time on the thread is over.

use crate::memory::limits::TICK;
use crate::serve::limits::MODULES;
use crate::serve::request::record::Record;
use crate::wasm::limits::TABLE_ELEMENTS;
use crate::wasm::split_snapshot::RuntimeLimits;
use crate::wasm::yield_points::epoch;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use wasmtime::ResourceLimiterAsync;

/// Holds all linear memories of a sandbox to one cap, and records the peak. Lives for one request.
pub struct Limiter {
    cap: usize,
    /// Bytes granted over all memories.
    size: usize,
    /// The maximum, in bytes, of a memory whose type does not state it.
    maximum: Option<usize>,
    /// Entries granted over all tables.
    elements: usize,
    /// When the guest began or last yielded. None until its first tick, which comes at once.
    since: Option<Instant>,
    /// None until the sandbox has its request.
    record: Option<Arc<Record>>,
}

impl Limiter {
    /// `cap` is in bytes.
    pub fn new(cap: usize) -> Self {
        Limiter { cap, size: 0, maximum: None, elements: 0, since: None, record: None }
    }

    /// The limiter of a guest whose code leaves these limits to run time.
    pub fn knowing(self, RuntimeLimits { beyond, maximum }: RuntimeLimits) -> Self {
        Limiter { size: beyond, maximum, ..self }
    }

    pub fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }

    /// In bytes.
    pub fn cap(&self) -> usize {
        self.cap
    }

    pub fn belongs_to(&mut self, record: Arc<Record>) {
        record.memory(self.size);
        self.record = Some(record);
    }

    /// Yields to the rest of the thread, which then checks the deadline: at every other tick. Ticks are not counted,
    /// because each module of a component reports them by itself.
    async fn tick(&mut self) {
        let is_over = self.since.is_some_and(|since| since.elapsed() >= TICK);
        if is_over {
            yield_now().await;
        }
        if is_over || self.since.is_none() {
            self.since = Some(Instant::now());
        }
    }

    /// Whether the memories may grow by `more` bytes.
    fn grant(&mut self, more: usize) -> bool {
        let desired = self.size.saturating_add(more);
        let granted = desired <= self.cap;
        if granted {
            self.size = desired;
        }
        if let Some(record) = &self.record {
            if granted { record.memory(desired) } else { record.deny_memory(desired) }
        }
        granted
    }
}

#[async_trait::async_trait]
impl ResourceLimiterAsync for Limiter {
    /// A refusal makes `memory.grow` return -1, which CPython turns into MemoryError.
    async fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if epoch::is_maximum_of_epoch(maximum) {
            if current > 0 {
                self.tick().await;
            }
            return Ok(current == 0);
        }
        Ok(is_possible(desired, maximum.or(self.maximum)) && self.grant(desired - current))
    }

    async fn table_growing(&mut self, current: usize, desired: usize, most: Option<usize>) -> wasmtime::Result<bool> {
        let desired_of_all = self.elements.saturating_add(desired - current);
        let granted = is_possible(desired, most) && desired_of_all <= TABLE_ELEMENTS;
        if granted {
            self.elements = desired_of_all;
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        MODULES
    }

    fn memories(&self) -> usize {
        MODULES
    }

    fn tables(&self) -> usize {
        MODULES
    }
}

/// Whether wasmtime itself allows this size. Growth that wasmtime refuses must not count as granted. When the system
/// refuses growth, wasmtime does not say which: that growth stays counted.
fn is_possible(desired: usize, maximum: Option<usize>) -> bool {
    maximum.is_none_or(|maximum| desired <= maximum)
}

/// Yields to every task that was ready before.
pub async fn yield_now() {
    let mut gave_way = false;
    // Not `tokio::task::yield_now`: that polls the sockets first, and then runs its task before all others.
    poll_fn(|context| {
        if std::mem::replace(&mut gave_way, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::WASM_PAGE;
    use std::pin::Pin;
    use std::task::{Context, Waker};

    const PAGE: usize = WASM_PAGE as usize;

    type Growth<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<bool>> + Send + 'a>>;

    /// Whether growth was granted; None while the limiter makes the guest wait.
    fn poll(asked: &mut Growth) -> Option<bool> {
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(granted) => Some(granted.unwrap()),
            Poll::Pending => None,
        }
    }

    /// Whether the guest yields at a tick. If so, the wait is over by the second poll.
    fn waits(meter: &mut Limiter) -> bool {
        let mut tick = meter.memory_growing(PAGE, 2 * PAGE, Some(12_289 * PAGE));
        let at_once = poll(&mut tick);
        assert_eq!(at_once.or_else(|| poll(&mut tick)), Some(false), "the clock never grows");
        at_once.is_none()
    }

    #[test]
    fn a_guest_gives_way_when_it_has_gone_on_for_a_tick() {
        let mut meter = Limiter::new(10 * PAGE);
        assert!(!waits(&mut meter), "it begins");
        meter.since = Some(Instant::now() - TICK);
        assert!(waits(&mut meter));
        assert!(meter.since.unwrap().elapsed() < TICK, "from then on anew");
    }

    #[test]
    fn memory_is_granted_up_to_the_cap() {
        let mut meter = Limiter::new(3 * PAGE);
        for (current, desired, granted) in
            [(0, 2 * PAGE, true), (2 * PAGE, 4 * PAGE, false), (2 * PAGE, 3 * PAGE, true)]
        {
            assert_eq!(poll(&mut meter.memory_growing(current, desired, None)), Some(granted));
        }
        assert_eq!(meter.size, 3 * PAGE);
    }

    #[test]
    fn all_memories_of_a_sandbox_share_the_cap() {
        let mut meter = Limiter::new(3 * PAGE);
        for (current, desired, granted) in
            [(0, PAGE, true), (0, 3 * PAGE, false), (0, 2 * PAGE, true), (PAGE, 2 * PAGE, false)]
        {
            assert_eq!(poll(&mut meter.memory_growing(current, desired, None)), Some(granted));
        }
        // The epoch's memory is the host's and does not count.
        assert_eq!(poll(&mut meter.memory_growing(0, PAGE, Some(12_289 * PAGE))), Some(true));
        assert_eq!(meter.size, 3 * PAGE);
    }

    #[test]
    fn growth_beyond_a_memorys_own_maximum_does_not_count() {
        let mut meter = Limiter::new(4 * PAGE);
        assert_eq!(poll(&mut meter.memory_growing(0, PAGE, Some(2 * PAGE))), Some(true));
        assert_eq!(poll(&mut meter.memory_growing(PAGE, 3 * PAGE, Some(2 * PAGE))), Some(false));
        assert_eq!(meter.size, PAGE);
        // wasmtime also calls this for growth it never submitted.
        meter.memory_grow_failed(wasmtime::Error::msg("beyond what the type can have")).unwrap();
        assert_eq!(meter.size, PAGE);
    }

    #[test]
    fn what_the_code_is_not_told_of_its_memory_counts() {
        let runtime_limits = RuntimeLimits { beyond: 2 * PAGE, maximum: Some(4 * PAGE) };
        let mut meter = Limiter::new(10 * PAGE).knowing(runtime_limits);
        for (current, desired, granted) in [(0, PAGE, true), (3 * PAGE, 4 * PAGE, true), (4 * PAGE, 5 * PAGE, false)] {
            assert_eq!(poll(&mut meter.memory_growing(current, desired, None)), Some(granted));
        }
        assert_eq!(meter.size, 4 * PAGE, "what it may not have does not count");
        let mut meter = Limiter::new(3 * PAGE).knowing(runtime_limits);
        assert_eq!(poll(&mut meter.memory_growing(0, PAGE, None)), Some(true));
        assert_eq!(poll(&mut meter.memory_growing(3 * PAGE, 4 * PAGE, None)), Some(false), "beyond the cap");
    }

    #[test]
    fn all_tables_of_a_sandbox_share_their_limit() {
        let mut meter = Limiter::new(0);
        for (current, desired, granted) in [(0, TABLE_ELEMENTS - 2, true), (0, 3, false), (0, 2, true), (2, 3, false)] {
            assert_eq!(poll(&mut meter.table_growing(current, desired, None)), Some(granted));
        }
        assert_eq!(meter.elements, TABLE_ELEMENTS);
    }
}
