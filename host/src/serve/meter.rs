//! What a guest must ask for: memory, and to go on when its time on the thread is over.

use super::limits::{SLICE, TABLE_ELEMENTS};
use super::record::Record;
use crate::units::WASM_PAGE;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use wasmtime::ResourceLimiterAsync;

/// Holds linear memory to the cap, and remembers how much was used. Lives for one request.
pub struct Meter {
    cap: usize,
    /// Bytes granted.
    size: usize,
    /// Ticks of the clock that the guest has heard of since it gave way.
    ticks: u32,
    /// None until there is a request.
    record: Option<Arc<Record>>,
}

impl Meter {
    /// `cap` is in bytes.
    pub fn new(cap: usize) -> Self {
        Meter { cap, size: 0, ticks: 0, record: None }
    }

    pub fn belongs_to(&mut self, record: Arc<Record>) {
        record.memory(self.size);
        self.record = Some(record);
    }

    /// Again and again the guest gives way to the rest of the thread, which then sees whether the deadline passed. The
    /// first tick it hears of came before it began.
    async fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks > SLICE {
            self.ticks = 1;
            give_way().await;
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
