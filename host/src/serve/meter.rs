//! What a guest must ask for: memory, and to go on when its time on the thread is over.

use super::limits::{TABLE_ELEMENTS, TICK};
use super::record::Record;
use crate::units::WASM_PAGE;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use wasmtime::ResourceLimiterAsync;

/// Holds linear memory to the cap, and remembers how much was used. Lives for one request.
pub struct Meter {
    cap: usize,
    /// Bytes granted.
    size: usize,
    /// When the guest began, or gave way last. None until it has heard of a tick, which it does at once.
    since: Option<Instant>,
    /// None until there is a request.
    record: Option<Arc<Record>>,
}

impl Meter {
    /// `cap` is in bytes.
    pub fn new(cap: usize) -> Self {
        Meter { cap, size: 0, since: None, record: None }
    }

    pub fn belongs_to(&mut self, record: Arc<Record>) {
        record.memory(self.size);
        self.record = Some(record);
    }

    /// Again and again the guest gives way to the rest of the thread, which then sees whether the deadline passed: at
    /// every other tick. Not counted, as each module of a component hears of a tick by itself.
    async fn tick(&mut self) {
        let is_over = self.since.is_some_and(|since| since.elapsed() >= TICK);
        if is_over {
            give_way().await;
        }
        if is_over || self.since.is_none() {
            self.since = Some(Instant::now());
        }
    }

    fn grant(&mut self, desired: usize) -> bool {
        let granted = desired <= self.cap;
        if granted {
            self.size = self.size.max(desired);
        }
        if let Some(record) = &self.record {
            if granted { record.memory(desired) } else { record.deny_memory(desired) }
        }
        granted
    }
}

#[async_trait::async_trait]
impl ResourceLimiterAsync for Meter {
    /// Refusing makes `memory.grow` answer -1, which CPython turns into MemoryError.
    async fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A memory of one page that cannot grow: the clock (`crate::polls`).
        if (current, maximum) == (WASM_PAGE as usize, Some(current)) {
            self.tick().await;
            return Ok(false);
        }
        Ok(self.grant(desired))
    }

    async fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

/// Lets everything run that was ready before.
pub async fn give_way() {
    let mut gave_way = false;
    // Not `tokio::task::yield_now`: that waits for the sockets, too, and then runs first of all.
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
    use std::pin::Pin;
    use std::task::{Context, Waker};

    const PAGE: usize = WASM_PAGE as usize;

    type Asked<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<bool>> + Send + 'a>>;

    /// Whether it was granted; None where it has to wait.
    fn poll(asked: &mut Asked) -> Option<bool> {
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(granted) => Some(granted.unwrap()),
            Poll::Pending => None,
        }
    }

    /// Whether the guest has to wait when it hears of a tick; then that is over.
    fn waits(meter: &mut Meter) -> bool {
        let mut tick = meter.memory_growing(PAGE, 2 * PAGE, Some(PAGE));
        let at_once = poll(&mut tick);
        assert_eq!(at_once.or_else(|| poll(&mut tick)), Some(false), "the clock never grows");
        at_once.is_none()
    }

    #[test]
    fn a_guest_gives_way_when_it_has_gone_on_for_a_tick() {
        let mut meter = Meter::new(10 * PAGE);
        assert!(!waits(&mut meter), "it begins");
        meter.since = Some(Instant::now() - TICK);
        assert!(waits(&mut meter));
        assert!(meter.since.unwrap().elapsed() < TICK, "from then on anew");
    }

    #[test]
    fn memory_is_granted_up_to_the_cap() {
        let mut meter = Meter::new(3 * PAGE);
        for (desired, granted) in [(3 * PAGE, true), (4 * PAGE, false)] {
            assert_eq!(poll(&mut meter.memory_growing(2 * PAGE, desired, None)), Some(granted));
        }
        assert_eq!(meter.size, 3 * PAGE);
        // At its own maximum, which is no clock's.
        assert_eq!(poll(&mut meter.memory_growing(2 * PAGE, 3 * PAGE, Some(2 * PAGE))), Some(true));
    }
}
