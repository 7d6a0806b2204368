//! The write trace: which words a request writes to, traced after a boot by a synthetic request that is undone.

use super::booted::{Booted, globals};
use super::cap::Cap;
use anyhow::{Context, Result};
use std::sync::{Arc, Mutex};
use wasmtime::UpdateDeadline;

const PAGE: usize = 4096;
const WORD: usize = 4;
/// A word that has its old value again at the end of the request shows only on the way. So the trace compares memory
/// this many times, after equal numbers of steps (loops and calls).
const LOOKS: u64 = 48;
/// A synthetic request beyond this many steps counts as endless.
const STEPS: u64 = 1 << 30;

/// The trace of a synthetic request.
struct WriteTrace {
    /// Memory before the request.
    before: Vec<u8>,
    /// Whether each word was seen to differ from that.
    written: Vec<bool>,
    /// Loops and calls.
    steps: u64,
    /// Steps from one comparison to the next.
    stride: u64,
}

impl WriteTrace {
    fn new(memory: &[u8], stride: u64) -> Self {
        WriteTrace { before: memory.to_vec(), written: vec![false; memory.len() / WORD], steps: 0, stride }
    }

    fn step(&mut self, memory: &[u8]) -> wasmtime::Result<UpdateDeadline> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(wasmtime::Error::msg("a rehearsed request without end"));
        }
        if self.steps.is_multiple_of(self.stride) {
            self.look(memory);
        }
        Ok(UpdateDeadline::Continue(0))
    }

    fn look(&mut self, memory: &[u8]) {
        let pages = self.before.chunks_exact(PAGE).zip(memory.chunks_exact(PAGE));
        let pages = self.written.chunks_exact_mut(PAGE / WORD).zip(pages);
        for (written, (before, now)) in pages.filter(|(_, (before, now))| before != now) {
            let words = before.chunks_exact(WORD).zip(now.chunks_exact(WORD));
            for (written, (before, now)) in written.iter_mut().zip(words) {
                *written |= before != now;
            }
        }
    }
}

impl Booted {
    /// The addresses of all words that a synthetic request writes to, except those written with their old value.
    ///
    /// # Errors
    /// When the guest is not as expected. A request that fails is no error: what it wrote counts all the same.
    pub async fn written_words(&mut self) -> Result<Vec<u32>> {
        // Grown memory could not be undone. As in any trial boot, output is not shown.
        self.store.data_mut().cap = Cap::trial(self.memory_size());
        let steps = self.trace(u64::MAX).await?.steps;
        let rehearsal = self.trace(steps / LOOKS + 1).await?;
        let words = (0..).step_by(WORD).zip(rehearsal.written);
        Ok(words.filter_map(|(address, written)| written.then_some(address)).collect())
    }

    async fn trace(&mut self, stride: u64) -> Result<WriteTrace> {
        let Booted { store, instance, memory, .. } = self;
        let memory = *memory;
        let trace = instance.get_typed_func::<(), ()>(&mut *store, "wasgi_rehearse")?;
        let globals = globals(store, *instance);
        let rehearsal = Arc::new(Mutex::new(WriteTrace::new(memory.data(&*store), stride)));
        let watched = rehearsal.clone();
        // Called at each step, because the deadline is always now.
        store.epoch_deadline_callback(move |store| watched.lock().expect(HELD).step(memory.data(&store)));
        store.set_epoch_deadline(0);
        // A trap is undone like everything else.
        let _ = trace.call_async(&mut *store, ()).await;
        store.epoch_deadline_trap();
        store.set_epoch_deadline(u64::MAX);
        let mut rehearsal = Arc::into_inner(rehearsal).context("somebody still watches")?.into_inner().expect(HELD);
        rehearsal.look(memory.data(&*store));
        memory.data_mut(&mut *store).copy_from_slice(&rehearsal.before);
        for (global, value) in globals {
            global.set(&mut *store, value)?;
        }
        Ok(rehearsal)
    }
}

const HELD: &str = "no panic while held";
