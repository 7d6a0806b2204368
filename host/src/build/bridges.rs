//! Lays out, before the snapshot, which pages a request is to write to beside those that it writes to anyway.
//!
//! wasmtime's scan restores at most 32 stretches of written pages by copy; what lies behind them it gives back to the
//! kernel, and the next request in that slot pays a page fault for each. So the smallest gaps between stretches are
//! closed (`guest/src/bridges.c`), by what one rehearsed request writes to. All that this request did is undone.

use super::boot::{Booted, Reach};
use anyhow::{Context, Result};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use wasmtime::{Global, Instance, Mutability, Store, UpdateDeadline, Val};

const PAGE: usize = 4096;
const WORD: usize = 4;
/// Of wasmtime's 32. The rest is for requests that differ from the one rehearsed, and for what no look can see: pages to
/// which nothing but their old values was written.
const STRETCHES: usize = 8;
/// What is written and has its old value again at the end of the request is only seen on the way. So memory is looked
/// at so many times, after equal numbers of steps (loops and calls).
const LOOKS: u64 = 48;
/// A rehearsed request that takes more steps than this would have no end.
const STEPS: u64 = 1 << 30;

/// What a rehearsed request does.
struct Rehearsal {
    /// Memory as it was.
    before: Vec<u8>,
    /// Of each word, whether it was seen to differ from that.
    written: Vec<bool>,
    /// Loops and calls.
    steps: u64,
    /// Steps from one look at memory to the next.
    stride: u64,
}

impl Rehearsal {
    fn new(memory: &[u8], stride: u64) -> Self {
        Rehearsal { before: memory.to_vec(), written: vec![false; memory.len() / WORD], steps: 0, stride }
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

    /// Of each page, whether it was written to.
    fn pages(&self) -> Vec<bool> {
        self.written.chunks_exact(PAGE / WORD).map(|words| words.contains(&true)).collect()
    }
}

impl Booted {
    /// Rehearses a request, undoes it, and tells the guest which gaps to close.
    ///
    /// # Errors
    /// When the guest is not what it should be. A rehearsal that fails is none: what it wrote to counts all the same.
    pub async fn lay_bridges(&mut self) -> Result<()> {
        let bridges = bridges(&self.look_closely().await?.pages());
        let place = self.call("wasgi_bridges").await? as usize;
        write(self.memory.data_mut(&mut self.store), place, &bridges).context("the guest has no room for bridges")
    }

    /// Addresses of all words that a rehearsed request writes to.
    pub async fn written_words(&mut self) -> Result<Vec<u32>> {
        let rehearsal = self.look_closely().await?;
        let words = (0..).step_by(WORD).zip(rehearsal.written);
        Ok(words.filter_map(|(address, written)| written.then_some(address)).collect())
    }

    async fn look_closely(&mut self) -> Result<Rehearsal> {
        // Nothing more is shown, and memory does not grow: that could not be undone.
        let size = self.memory_size();
        self.store.data_mut().close(size);
        let steps = self.rehearse(u64::MAX).await?.steps;
        self.rehearse(steps / LOOKS + 1).await
    }

    async fn rehearse(&mut self, stride: u64) -> Result<Rehearsal> {
        let Booted { store, instance, memory, .. } = self;
        let memory = *memory;
        let rehearse = instance.get_typed_func::<(), ()>(&mut *store, "wasgi_rehearse")?;
        let globals = globals(store, *instance);
        let rehearsal = Arc::new(Mutex::new(Rehearsal::new(memory.data(&*store), stride)));
        let watched = rehearsal.clone();
        // Called at each step, as the deadline is always now.
        store.epoch_deadline_callback(move |store| watched.lock().expect(HELD).step(memory.data(&store)));
        store.set_epoch_deadline(0);
        // A trap is undone as everything else is.
        let _ = rehearse.call_async(&mut *store, ()).await;
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

/// Globals that change, with their values: the stack's pointer.
fn globals(store: &mut Store<Reach>, instance: Instance) -> Vec<(Global, Val)> {
    let globals: Vec<_> = instance.exports(&mut *store).filter_map(|export| export.into_global()).collect();
    let variable = globals.into_iter().filter(|global| global.ty(&*store).mutability() == Mutability::Var);
    let variable: Vec<_> = variable.collect();
    variable.into_iter().map(|global| (global, global.get(&mut *store))).collect()
}

/// The pages of the smallest gaps between stretches of written pages, so that few enough stretches are left.
fn bridges(written: &[bool]) -> Vec<u32> {
    let mut gaps = vec![];
    let mut last = None;
    for page in (0..).zip(written).filter_map(|(page, written)| written.then_some(page)) {
        gaps.extend(last.map(|last: u32| last + 1..page).filter(|gap| !gap.is_empty()));
        last = Some(page);
    }
    gaps.sort_by_key(Range::len);
    let closed = (gaps.len() + 1).saturating_sub(STRETCHES);
    gaps.into_iter().take(closed).flatten().collect()
}

/// Writes the numbers of pages where the guest looks for them: a pointer, the room behind it, their count.
fn write(memory: &mut [u8], place: usize, pages: &[u32]) -> Option<()> {
    let field = |memory: &[u8], at: usize| -> Option<usize> {
        Some(u32::from_le_bytes(memory.get(at..at + 4)?.try_into().ok()?) as usize)
    };
    let (start, room) = (field(memory, place)?, field(memory, place + 4)?);
    // More gaps than there is room for are not worth their copies.
    let pages = &pages[..pages.len().min(room)];
    for (at, page) in (start..).step_by(4).zip(pages) {
        memory.get_mut(at..at + 4)?.copy_from_slice(&page.to_le_bytes());
    }
    memory.get_mut(place + 8..place + 12)?.copy_from_slice(&u32::try_from(pages.len()).ok()?.to_le_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_gaps_are_closed() {
        let mut written = vec![false; 1000];
        for stretch in 0..STRETCHES {
            written[stretch * 10] = true;
        }
        assert_eq!(bridges(&written), [0; 0], "few enough as they are");
        written[3] = true;
        written[5] = true;
        assert_eq!(bridges(&written), [4, 1, 2]);
        assert_eq!(bridges(&[]), [0; 0]);
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let mut memory = [0; 64];
        memory[..8].copy_from_slice(&[16, 0, 0, 0, 2, 0, 0, 0]);
        write(&mut memory, 0, &[7, 8, 9]).unwrap();
        assert_eq!(memory[8..12], [2, 0, 0, 0]);
        assert_eq!(memory[16..28], [7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
        assert!(write(&mut memory, 60, &[7]).is_none());
    }
}
