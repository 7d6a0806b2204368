//! The epoch that guests check ([`crate::wasm::yield_points`]): a number that goes up, in a page of memory that all
//! sandboxes share. Guests see the page read-only; the host maps it a second time to write to it.

use super::limits::TICK;
use super::pages::Reservation;
use crate::store::sealed;
use std::io;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use wasmtime::LinearMemory;

/// Bytes of the memory: WebAssembly's page.
const SIZE: usize = crate::units::WASM_PAGE as usize;

/// Ticks for as long as one of its clones lives.
#[derive(Clone)]
pub struct Epoch(Arc<Clock>);

struct Clock {
    /// Where the host writes the number.
    hand: Reservation,
    /// Where guests read it.
    space: Reservation,
    /// Bytes of the inaccessible guard on each side, and of the reservation for the memory.
    guard: usize,
    reserved: usize,
}

impl Epoch {
    /// Starts the epoch on a thread of its own: a busy runtime must not stop it. The memory has room for `reserved`
    /// bytes, and `guard` more on both sides.
    pub fn start(reserved: usize, guard: usize) -> io::Result<Self> {
        let reserved = reserved.max(SIZE);
        let (hand, space) = (Reservation::new(SIZE)?, Reservation::new(reserved + 2 * guard)?);
        let clock = Clock { hand, space, guard, reserved };
        let memory = sealed::memory("wasgi-clock")?;
        memory.set_len(SIZE as u64)?;
        clock.hand.share(&(clock.hand.start()..clock.hand.end()), &memory, libc::PROT_READ | libc::PROT_WRITE)?;
        clock.space.share(&(clock.memory()..clock.memory() + SIZE), &memory, libc::PROT_READ)?;
        let clock = Arc::new(clock);
        let ticking = Arc::downgrade(&clock);
        thread::Builder::new().name("clock".into()).spawn(move || {
            while let Some(clock) = ticking.upgrade() {
                clock.number().fetch_add(1, Relaxed);
                drop(clock);
                thread::sleep(TICK);
            }
        })?;
        Ok(Epoch(clock))
    }

    /// The memory through which a guest sees the epoch. Only the code of [`crate::wasm::yield_points`] names this
    /// memory, and only reads it; a write would be a page fault.
    pub fn memory(&self) -> Box<dyn LinearMemory> {
        Box::new(self.clone())
    }
}

impl Clock {
    fn memory(&self) -> usize {
        self.space.start() + self.guard
    }

    fn number(&self) -> &AtomicU32 {
        // SAFETY: the page is open for as long as the clock lives, and this is the only access from Rust.
        unsafe { AtomicU32::from_ptr(ptr::with_exposed_provenance_mut(self.hand.start())) }
    }
}

// SAFETY: the memory stays where it is, and its only page can be read. Nothing writes to it: no data segment names it,
// no instruction but the checks of `crate::wasm::yield_points`, and it is not exported, so the host has no name for it
// either.
unsafe impl LinearMemory for Epoch {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Duration, Instant};

    /// The permissions of the mapping at an address, from `/proc/self/maps`.
    fn rights(address: usize) -> String {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let number = |text: &str| usize::from_str_radix(text, 16).unwrap();
        let holds = |line: &&str| {
            let (start, rest) = line.split_once('-').unwrap();
            (number(start)..number(rest.split(' ').next().unwrap())).contains(&address)
        };
        maps.lines().find(holds).expect("it is mapped").split(' ').nth(1).unwrap().to_owned()
    }

    #[test]
    fn guests_see_the_clock_go_on_and_cannot_write_to_it() {
        let guard = SIZE;
        let ticks = Epoch::start(4 * SIZE, guard).unwrap();
        let memory = ticks.memory();
        let seen = memory.as_ptr().expose_provenance();
        assert_eq!(rights(seen), "r--s");
        assert_eq!(rights(seen + SIZE - 1), "r--s");
        assert_eq!((rights(seen - 1), rights(seen + SIZE)), ("---p".to_owned(), "---p".to_owned()));
        assert_eq!(rights(ticks.0.hand.start()), "rw-s");
        // SAFETY: it can be read, as long as the clock lives.
        let number = || unsafe { memory.as_ptr().cast::<u32>().read_volatile() };
        let (before, began) = (number(), Instant::now());
        while number() < before + 3 {
            assert!(began.elapsed() < Duration::from_secs(60), "it stands still");
            thread::yield_now();
        }
    }
}
