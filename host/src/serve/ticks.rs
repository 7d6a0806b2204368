//! The clock that guests look at ([`crate::polls`]): a page of memory that all sandboxes see, with a number that goes up.

use super::limits::TICK;
use super::pages::Reservation;
use std::io;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use wasmtime::LinearMemory;

/// Bytes of the memory: WebAssembly's page.
const SIZE: usize = crate::units::WASM_PAGE as usize;

/// Goes on for as long as one of its clones lives.
#[derive(Clone)]
pub struct Ticks(Arc<Clock>);

struct Clock {
    space: Reservation,
    /// Bytes in front of the memory, and for it, that nobody can touch.
    guard: usize,
    reserved: usize,
}

impl Ticks {
    /// Starts the clock, on a thread of its own: a busy runtime must not stop it. The memory has room for `reserved` bytes,
    /// and `guard` more on both sides.
    pub fn start(reserved: usize, guard: usize) -> io::Result<Self> {
        let reserved = reserved.max(SIZE);
        let clock = Clock { space: Reservation::new(reserved + 2 * guard)?, guard, reserved };
        clock.space.open(&(clock.memory()..clock.memory() + SIZE))?;
        let clock = Arc::new(clock);
        let ticking = Arc::downgrade(&clock);
        thread::Builder::new().name("clock".into()).spawn(move || {
            while let Some(clock) = ticking.upgrade() {
                clock.number().fetch_add(1, Relaxed);
                drop(clock);
                thread::sleep(TICK);
            }
        })?;
        Ok(Ticks(clock))
    }

    /// The memory in which a guest sees it. Guests only read it: they have no other code for it than that of
    /// [`crate::polls`].
    pub fn memory(&self) -> Box<dyn LinearMemory> {
        Box::new(self.clone())
    }
}

impl Clock {
    fn memory(&self) -> usize {
        self.space.start() + self.guard
    }

    fn number(&self) -> &AtomicU32 {
        // SAFETY: the page is open for as long as the clock lives, and in Rust it is only looked at by this.
        unsafe { AtomicU32::from_ptr(ptr::with_exposed_provenance_mut(self.memory())) }
    }
}

// SAFETY: the memory stays where it is, and its only page is open.
unsafe impl LinearMemory for Ticks {
    fn byte_size(&self) -> usize {
        SIZE
    }

    fn byte_capacity(&self) -> usize {
        self.0.reserved
    }

    fn grow_to(&mut self, _: usize) -> wasmtime::Result<()> {
        wasmtime::bail!("it is as large as it gets")
    }

    fn as_ptr(&self) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.0.memory())
    }
}
