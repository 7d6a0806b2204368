//! The native stacks that guests run on, used again and again.

use super::faults::{self, FaultMark};
use super::limits::WARM_SLOTS;
use super::pages::Reservation;
use std::io;
use std::ops::Range;
use std::ptr;
use std::sync::{Arc, Mutex};
use wasmtime::{StackCreator, StackMemory};

/// Inaccessible pages below a stack.
const GUARD: usize = 64 << 10;
/// The part of a used stack that is zeroed, because it holds the guest's locals. The rest is given back to the kernel,
/// or a deep recursion's stack would stay resident. Small requests need no more.
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

// SAFETY: a stack is open from its guard to its top, and no one else has it.
unsafe impl StackCreator for Stacks {
    fn new_stack(&self, size: usize, _: bool) -> wasmtime::Result<Box<dyn StackMemory>> {
        let size = size.max(KEEP).next_multiple_of(GUARD);
        let fits = |space: &Reservation| space.length() == GUARD + size;
        let warm = self.idle.lock().expect("no panic while held").pop().filter(fits);
        let space = warm.map_or_else(|| Stacks::cold(size), Ok)?;
        Ok(Box::new(Stack { space: Some(space), began: FaultMark::before_this_poll(), stacks: self.clone() }))
    }
}

/// A stack in use.
struct Stack {
    /// Set until dropped.
    space: Option<Reservation>,
    began: Option<FaultMark>,
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
    /// An idle stack holds nothing below the kept part. If the guest is proven to have had no page fault since, it
    /// still does not.
    fn drop(&mut self) {
        let Some(space) = self.space.take() else { return };
        let kept = space.end() - KEEP;
        // SAFETY: the end of a stack that is no longer in use.
        unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(kept), 0, KEEP) };
        let is_shallow = faults::none_since(self.began);
        if !is_shallow && space.give_back(&(space.start() + GUARD..kept)).is_err() {
            return;
        }
        let mut idle = self.stacks.idle.lock().expect("no panic while held");
        if idle.len() < WARM_SLOTS {
            idle.push(space);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::sandbox::accounted::Accounted;
    use std::slice;

    const SIZE: usize = 1 << 20;

    fn stack(stacks: &Stacks) -> Box<dyn StackMemory> {
        stacks.new_stack(SIZE, false).unwrap()
    }

    fn bytes(stack: &mut dyn StackMemory) -> &mut [u8] {
        let range = stack.range();
        // SAFETY: all of a stack is open.
        unsafe { slice::from_raw_parts_mut(ptr::with_exposed_provenance_mut(range.start), range.len()) }
    }

    #[test]
    fn a_used_stack_is_zero_from_its_top_to_its_guard() {
        let stacks = Stacks::default();
        let mut first = stack(&stacks);
        let range = first.range();
        assert_eq!((range.len(), range.end), (SIZE, first.top().addr()));
        assert_eq!(first.guard_range().end.addr(), range.start);
        bytes(&mut *first).fill(0xaa);
        drop(first);
        let mut second = stack(&stacks);
        assert_eq!(second.range(), range, "the same stack");
        assert!(bytes(&mut *second).iter().all(|byte| *byte == 0));
    }

    #[test]
    fn so_is_one_of_a_request_however_deep_it_went() {
        let stacks = Stacks::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for depth in [KEEP, KEEP, SIZE / 2, KEEP, SIZE] {
            let used = stacks.clone();
            runtime.block_on(Accounted::new(async move {
                let mut stack = stack(&used);
                let bytes = bytes(&mut *stack);
                assert!(bytes.iter().all(|byte| *byte == 0), "before {depth}");
                bytes[SIZE - depth..].fill(0xaa);
                ((), stack)
            }));
        }
        assert!(bytes(&mut *stack(&stacks)).iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_stack_of_another_size_is_another_one() {
        let stacks = Stacks::default();
        drop(stack(&stacks));
        assert_eq!(stacks.new_stack(2 * SIZE, false).unwrap().range().len(), 2 * SIZE);
        assert_eq!(stacks.new_stack(1, false).unwrap().range().len(), GUARD);
    }

    #[test]
    fn as_many_are_kept_as_there_are_warm_slots() {
        let stacks = Stacks::default();
        let used: Vec<_> = (0..WARM_SLOTS + 3).map(|_| stack(&stacks)).collect();
        drop(used);
        assert_eq!(stacks.idle.lock().unwrap().len(), WARM_SLOTS);
    }
}
