//! Verifies that a reset slot equals the snapshot, byte for byte.

use super::{Shared, Slot};
use crate::memory::owner;
use crate::memory::pages::{self, Pages};
use crate::memory::verify;
use crate::terminal::console::{self, Level};
use std::ptr;
use std::slice;
use std::sync::atomic::Ordering::Relaxed;

/// Large enough for long comparisons, small enough for the processor's caches.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

impl Shared {
    /// Whether a slot may be used again: it was not drawn for verification, or holds nothing of the last request. After
    /// one difference no reset of this kind is trusted: idle slots are dropped, and from now on every reset gives all
    /// pages back to the kernel.
    pub(super) fn may_be_used(&self, slot: &Slot, size: usize) -> bool {
        if !self.lot.is_drawn() {
            return true;
        }
        verify::count_verified();
        let Some(address) = self.difference(slot, size) else { return true };
        verify::count_difference();
        self.is_doubted.store(true, Relaxed);
        let doubted = std::mem::take(&mut *self.idle());
        drop(doubted);
        console::failure(&self.report(slot, address), Level::Error);
        false
    }

    fn report(&self, slot: &Slot, address: usize) -> String {
        let place = address - slot.memory;
        let part = match () {
            () if place >= slot.minimum => "grown",
            () if self.snapshot_in(slot.memory).contains(&address) => "of the snapshot",
            () => "beside the snapshot",
        };
        let whose = owner::leaving();
        let whose = whose.as_deref().unwrap_or("a sandbox without a request");
        format!(
            "wasgi: THE RESET OF MEMORY WAS NOT COMPLETE: page {} of linear memory ({part}, first byte {place:#x}) still \
             has what {whose} left there. That sandbox is retired, and memory is reset by plain from now on. Please \
             report this: SECURITY.md",
            place / pages::size()
        )
    }

    /// The first byte of a memory of `size` bytes that differs from its initial content. Pages without an entry in the
    /// page table are as they were mapped, and not read.
    pub(super) fn difference(&self, slot: &Slot, size: usize) -> Option<usize> {
        let end = slot.memory + slot.minimum;
        let fixed = slot.memory..end;
        let entries = pages::entries(&fixed).unwrap_or_else(|| vec![fixed]);
        // Grown pages are closed: they cannot be read, and must have no entry.
        let grown = || pages::entries(&(end..slot.memory + size))?.first().map(|run| run.start);
        entries.into_iter().find_map(|run| self.difference_in(slot, run)).or_else(grown)
    }

    fn difference_in(&self, slot: &Slot, mut run: Pages) -> Option<usize> {
        while !run.is_empty() {
            let expected = self.expected(slot, &run);
            // SAFETY: in a slot that is open there, and whose memory is no longer in use.
            let found = unsafe { slice::from_raw_parts(ptr::with_exposed_provenance::<u8>(run.start), expected.len()) };
            if found != expected {
                let same = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
                return Some(run.start + same);
            }
            run.start += expected.len();
        }
        None
    }

    /// The initial content where `run` begins: at least a byte, and nothing beyond its end.
    fn expected(&self, slot: &Slot, run: &Pages) -> &[u8] {
        let snapshot = self.snapshot_in(slot.memory);
        let within = pages::common(run, &snapshot);
        if within.is_empty() || within.start > run.start {
            let zeros = if within.is_empty() { run.len() } else { within.start - run.start };
            return &ZEROS[..zeros.min(ZEROS.len())];
        }
        let original = self.original.start() + (run.start - snapshot.start);
        // SAFETY: within the mapping of the snapshot, which is as long and is never written to.
        unsafe { slice::from_raw_parts(ptr::with_exposed_provenance(original), within.len()) }
    }
}
