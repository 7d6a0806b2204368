//! The native stacks that guests run on, used again and again.

use super::limits::WARM_SLOTS;
use super::pages::Reservation;
use super::usage::Moment;
use std::io;
use std::ops::Range;
use std::ptr;
use std::sync::{Arc, Mutex};
use wasmtime::{StackCreator, StackMemory};

/// Nobody can touch what is below a stack.
const GUARD: usize = 64 << 10;
/// What is zeroed in place of a used stack, which holds the guest's locals; the rest is given back to the kernel, or a
/// deep recursion's stack would stay resident. Small requests need no more.
const KEEP: usize = 32 << 10;

/// Live once.
#[derive(Clone, Default)]
pub struct Stacks {
    idle: Arc<Mutex<Vec<Reservation>>>,
}

impl Stacks {
    fn cold(size: usize) -> io::Result<Reservation> {
        let space = Reservation::new(GUARD + size)?;
        space.open(&(space.start() + GUARD..space.end()))?;
        Ok(space)
    }
}

// SAFETY: a stack is open from its guard to its top, and nobody else has it.
unsafe impl StackCreator for Stacks {
    fn new_stack(&self, size: usize, _: bool) -> wasmtime::Result<Box<dyn StackMemory>> {
        let size = size.max(KEEP).next_multiple_of(GUARD);
        let fits = |space: &Reservation| space.length() == GUARD + size;
        let warm = self.idle.lock().expect("no panic while held").pop().filter(fits);
        let space = warm.map_or_else(|| Stacks::cold(size), Ok)?;
        Ok(Box::new(Stack { space: Some(space), began: Moment::before_this_poll(), stacks: self.clone() }))
    }
}

/// One in use.
struct Stack {
    /// Until dropped.
    space: Option<Reservation>,
    began: Option<Moment>,
    stacks: Stacks,
}

impl Stack {
    fn space(&self) -> &Reservation {
        self.space.as_ref().expect("until dropped")
    }
}

// SAFETY: all of the range is open, and what is below it is not.
unsafe impl StackMemory for Stack {
    fn top(&self) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.space().end())
    }

    fn range(&self) -> Range<usize> {
        self.space().start() + GUARD..self.space().end()
    }

    fn guard_range(&self) -> Range<*mut u8> {
        let start = self.space().start();
        ptr::with_exposed_provenance_mut(start)..ptr::with_exposed_provenance_mut(start + GUARD)
    }
}

impl Drop for Stack {
    /// An idle stack has nothing below what is kept. Where no page fault has happened since, it still has nothing there.
    fn drop(&mut self) {
        let Some(space) = self.space.take() else { return };
        let kept = space.end() - KEEP;
        // SAFETY: the end of a stack that nobody runs on any more.
        unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(kept), 0, KEEP) };
        let is_shallow = self.began.is_some() && self.began == Moment::now();
        if !is_shallow && space.give_back(&(space.start() + GUARD..kept)).is_err() {
            return;
        }
        let mut idle = self.stacks.idle.lock().expect("no panic while held");
        if idle.len() < WARM_SLOTS {
            idle.push(space);
        }
    }
}
