//! The slots that hold linear memories, each a copy-on-write mapping of the snapshot, used again and again.
//!
//! wasmtime's own pool asks the kernel about every page after every request, and copies back at most 32 runs of written
//! pages: it gives back the rest, which faults again in the next request and costs most on several cores at once. This
//! pool copies back everything ever written in a slot, and asks the kernel only if that can have become more: a page
//! becomes private by a page fault, and faults are counted ([`faults`]).
//!
//! Why nothing stays, in terms of what the kernel promises: docs/reference/isolation.md, "Why the reset is complete".

use super::epoch::Epoch;
use super::faults::{self, FaultMark};
use super::limits::WARM_SLOTS;
use super::pages::{self, Pages, Reservation, Touched};
use super::reset::Reset;
use super::verify::Lot;
use super::window::Window;
use crate::wasm::split_snapshot::{RuntimeLimits, Snapshot};
use crate::wasm::yield_points::epoch;
use anyhow::{Context, Result};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// What a slot keeps, in bytes and in runs of pages: more than a page of a large framework with a database writes, and
/// little enough to copy and to stay resident in every slot. Beyond it, the reset gives all of it back.
const KEEP: usize = 4 << 20;
const RUNS: usize = pages::MOST_RUNS;
/// After this many requests the reset gives back everything, so that pages of a rare request are not copied for ever;
/// sooner where a slot keeps so much that copying takes longer than most requests.
const RENEWAL: u32 = 1000;
const MUCH: usize = 1 << 20;
const RENEWAL_OF_MUCH: u32 = 100;

/// Live once.
#[derive(Clone)]
pub struct Slots(Arc<Shared>);

struct Shared {
    snapshot: Snapshot,
    /// A mapping of the snapshot, to copy from.
    original: Reservation,
    reset: Reset,
    /// A verification found a reset incomplete.
    is_doubted: AtomicBool,
    /// Which resets are verified.
    lot: Lot,
    idle: Mutex<Vec<Slot>>,
    /// Set once a guest checks the epoch.
    clock: OnceLock<Epoch>,
}

struct Slot {
    space: Reservation,
    /// Where the memory begins, and its initial size.
    memory: usize,
    minimum: usize,
    /// The pages written since the slot was mapped, in this request or before, in order. After a reset, a slot has no
    /// other private page.
    private: Vec<Pages>,
    /// Requests since the slot last had no private page.
    uses: u32,
}

impl Slots {
    /// # Errors
    /// When the snapshot cannot be mapped.
    pub fn new(snapshot: Snapshot, reset: Reset) -> Result<Self> {
        // One byte more: the snapshot may be empty.
        let original = Reservation::new(snapshot.length + 1)?;
        if snapshot.length > 0 {
            let pages = original.start()..original.start() + snapshot.length;
            original.map(&pages, &snapshot.file, snapshot.offset).context("cannot map the snapshot")?;
        }
        Ok(Slots(Arc::new(Shared {
            snapshot,
            original,
            reset,
            is_doubted: AtomicBool::new(false),
            lot: Lot::new(reset.verified),
            idle: Mutex::default(),
            clock: OnceLock::new(),
        })))
    }

    /// The runtime limits of the component's memory.
    pub fn runtime_limits(&self) -> RuntimeLimits {
        self.0.snapshot.runtime_limits
    }

    /// The private pages of the idle slot that was used last; None while none is idle, or if the reset does not ask the
    /// kernel.
    pub fn written(&self) -> Option<Vec<Pages>> {
        self.0.idle().last().filter(|_| self.0.scans()).map(|slot| slot.private.clone())
    }
}

impl Shared {
    fn scans(&self) -> bool {
        self.reset.scans() && !self.is_doubted.load(Relaxed)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.idle.lock().expect("no panic while held")
    }

    fn clock(&self, reserved: usize, guard: usize) -> io::Result<&Epoch> {
        if self.clock.get().is_none() {
            // If another thread was first, its clock is used, and this one stops.
            let _ = self.clock.set(Epoch::start(reserved, guard)?);
        }
        Ok(self.clock.get().expect("it was set"))
    }

    /// The slot used last, whose pages are in the processor's caches. A component with several memories needs slots of
    /// several sizes.
    fn warm(&self, minimum: usize, length: usize) -> Option<Slot> {
        let mut idle = self.idle();
        let fits = |slot: &Slot| slot.minimum == minimum && slot.space.length() == length;
        let last = idle.iter().rposition(fits)?;
        Some(idle.remove(last))
    }

    fn cold(&self, minimum: usize, guard: usize, length: usize) -> io::Result<Slot> {
        let space = Reservation::new(length)?;
        let memory = space.start() + guard;
        space.open(&(memory..memory + minimum))?;
        let Snapshot { file, offset, start, length, .. } = &self.snapshot;
        if *length > 0 {
            let begin = memory + start;
            space.map(&(begin..begin + length), file, *offset)?;
        }
        Ok(Slot { space, memory, minimum, private: vec![], uses: 0 })
    }

    /// Makes a used slot equal to the snapshot. If this fails, the slot must not be used again.
    fn reset(&self, slot: &mut Slot, size: usize, is_known: bool) -> io::Result<()> {
        let end = slot.memory + slot.minimum;
        let (fixed, grown) = (slot.memory..end, end..slot.memory + size);
        if !grown.is_empty() {
            slot.space.give_back(&grown)?;
            slot.space.close(&grown)?;
        }
        slot.uses += 1;
        if !is_known {
            self.list_private(slot, &fixed)?;
        }
        let kept: usize = slot.private.iter().map(Pages::len).sum();
        let renewal = if kept > MUCH { RENEWAL_OF_MUCH } else { RENEWAL };
        if kept == 0 || kept > KEEP || slot.private.len() > RUNS || slot.uses >= renewal {
            slot.private.clear();
            slot.uses = 0;
            return slot.space.give_back(&fixed);
        }
        for pages in &slot.private {
            self.restore(slot.memory, pages);
        }
        Ok(())
    }

    /// Updates the list of private pages; it is empty if the kernel cannot tell. Absent pages are given back: copying
    /// over them would wait for the kernel to bring them in.
    fn list_private(&self, slot: &mut Slot, fixed: &Pages) -> io::Result<()> {
        let known = std::mem::take(&mut slot.private);
        let touched = if self.scans() { pages::touched(fixed, RUNS) } else { None };
        let Some(Touched { mut private, absent, zeros }) = touched else { return Ok(()) };
        for pages in &absent {
            slot.space.give_back(pages)?;
        }
        // Outside the snapshot, zeros are the initial content.
        let snapshot = self.snapshot_in(slot.memory);
        let overwritten = zeros.iter().map(|run| pages::common(run, &snapshot));
        private.extend(overwritten.filter(|run| !run.is_empty()));
        // According to the kernel, these include all known ones. The reset does not rely on that alone.
        slot.private = match known == private {
            true => private,
            false => pages::outside(pages::joined([known, private].concat()), &absent),
        };
        Ok(())
    }

    /// Where a memory holds the snapshot.
    fn snapshot_in(&self, memory: usize) -> Pages {
        let start = memory + self.snapshot.start;
        start..start + self.snapshot.length
    }

    /// Copies the snapshot over some pages of a memory, and zeros over those outside it.
    fn restore(&self, memory: usize, pages: &Pages) {
        let snapshot = self.snapshot_in(memory);
        let within = pages::common(pages, &snapshot);
        if within.is_empty() {
            return zero(pages);
        }
        zero(&(pages.start..within.start));
        zero(&(within.end..pages.end));
        let original = self.original.start() + (within.start - snapshot.start);
        let (from, to) = (ptr::with_exposed_provenance::<u8>(original), ptr::with_exposed_provenance_mut(within.start));
        // SAFETY: `from` is within the mapping of the snapshot, which is as long; `to` is in a slot that is open there,
        // and whose memory is no longer in use.
        unsafe { ptr::copy_nonoverlapping(from, to, within.len()) };
    }
}

fn zero(pages: &Pages) {
    // SAFETY: in a slot that is open there, and whose memory is no longer in use.
    unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(pages.start), 0, pages.len()) };
}

// SAFETY: a memory is open from its start to its size, and reserved as far as wasmtime requests, with inaccessible
// guards on both sides.
//
// wasmtime says of `new_memory`: "Memory created from this method should be zero filled". A slot begins with the
// snapshot instead. That is sound: the content of a linear memory matters to the guest alone, and the bounds above keep
// the guest within it. wasmtime itself reads only garbage-collected heaps. It creates those here, too, each of zero
// bytes at first (`gc_heap_initial_size`): a snapshot does not fit, and they grow by zeros. The memory may be larger
// than wasmtime requests (`split_snapshot::RuntimeLimits`): wasmtime and the code assume only the smaller size in its
// type; everything else goes by `byte_size`.
// And it is right: the guest finds what it would find in a memory of zeros. After this call wasmtime copies the
// module's active data segments to it, and nothing else, by the function that it compiles to start the module. It omits
// none because of what is there already, as it may with `memory_init_cow`. The module of a snapshot has no active
// segment (`split_snapshot::common`), nor has any other of its component (`Anatomy::splittable`); the snapshot is zeros
// with these segments copied over them in their order. If segments stay in the module, the snapshot is empty and a slot
// is all zeros. A slot that was used before is equal to a fresh one (`Shared::reset`).
unsafe impl MemoryCreator for Slots {
    /// The epoch's memory, or one that begins as the snapshot: a component with a snapshot has only one of these.
    fn new_memory(
        &self,
        kind: MemoryType,
        minimum: usize,
        _: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if epoch::is_epoch(&kind) {
            return Ok(self.0.clock(reserved.unwrap_or_default(), guard).map_err(|error| error.to_string())?.memory());
        }
        let shared = self.0.clone();
        let minimum = shared.snapshot.runtime_limits.size(minimum);
        let snapshot = shared.snapshot.start + shared.snapshot.length;
        if minimum < snapshot {
            return Err("its snapshot is larger than its memory".into());
        }
        let reserved = reserved.unwrap_or_default().max(minimum);
        let length = reserved + 2 * guard;
        let slot = match shared.warm(minimum, length) {
            Some(slot) => slot,
            None => shared.cold(minimum, guard, length).map_err(|error| format!("no room for a sandbox: {error}"))?,
        };
        Window::new(slot.memory, reserved).note();
        let began = FaultMark::before_this_poll();
        Ok(Box::new(Memory { slot: Some(slot), size: minimum, reserved, began, shared }))
    }
}

/// A slot in use.
struct Memory {
    /// Set until dropped.
    slot: Option<Slot>,
    size: usize,
    reserved: usize,
    began: Option<FaultMark>,
    shared: Arc<Shared>,
}

impl Memory {
    fn slot(&self) -> &Slot {
        self.slot.as_ref().expect("until dropped")
    }
}

// SAFETY: the memory stays where it is, and `size` bytes of it are open.
unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.reserved
    }

    fn grow_to(&mut self, size: usize) -> wasmtime::Result<()> {
        let slot = self.slot();
        wasmtime::ensure!(self.size <= size && size <= self.reserved, "no memory grows to {size} bytes");
        slot.space.open(&(slot.memory + self.size..slot.memory + size))?;
        self.size = size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.slot().memory)
    }
}

impl Drop for Memory {
    /// If the memory is dropped with the very guest that had it, and that guest is proven to have had no page fault
    /// meanwhile, the written pages are known.
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take() else { return };
        let is_known = faults::none_since(self.began);
        let reset = self.shared.reset(&mut slot, self.size, is_known && self.shared.scans());
        let is_usable = reset.is_ok() && self.shared.may_be_used(&slot, self.size);
        let mut idle = self.shared.idle();
        if is_usable && idle.len() < WARM_SLOTS {
            idle.push(slot);
            return;
        }
        drop(idle);
        // Unmaps it without a reset.
        drop(slot);
    }
}

mod check;
mod content;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
