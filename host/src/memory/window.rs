//! Reads the memory of a guest between its polls, when it does not run.
//!
//! The kernel copies, and it refuses an address that is not open: what a guest has written into its memory can lead
//! nowhere else, and cannot end the host.

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use std::cell::Cell;
use std::io::IoSliceMut;

/// Where a guest's memory is reserved.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    start: usize,
    /// Bytes, open or not.
    length: usize,
}

thread_local! {
    static MADE: Cell<Option<Window>> = const { Cell::new(None) };
}

impl Window {
    pub fn new(start: usize, length: usize) -> Self {
        Window { start, length }
    }

    /// Makes it the one that [`Window::last_made`] returns on this thread.
    pub fn note(self) {
        MADE.set(Some(self));
    }

    /// Of the memory that this thread made last, unless it was asked for before.
    pub fn last_made() -> Option<Self> {
        MADE.take()
    }

    /// Copies from an address of the guest's; None if not all of it can be read.
    pub fn read(&self, address: u32, into: &mut [u8]) -> Option<()> {
        let address = address as usize;
        if address.checked_add(into.len())? > self.length {
            return None;
        }
        let length = into.len();
        let from = [RemoteIoVec { base: self.start + address, len: length }];
        let read = process_vm_readv(Pid::this(), &mut [IoSliceMut::new(into)], &from).ok()?;
        (read == length).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::pages::Reservation;
    use super::*;

    #[test]
    fn what_is_not_open_is_not_read() {
        let page = super::super::pages::size();
        let space = Reservation::new(2 * page).unwrap();
        space.open(&(space.start()..space.start() + page)).unwrap();
        let window = Window::new(space.start(), space.length());
        let read = |address: usize, length| window.read(u32::try_from(address).unwrap(), &mut vec![1; length]);
        assert!(read(0, page).is_some());
        assert!(read(page - 4, 8).is_none() && read(page, 1).is_none(), "the second page is closed");
        assert!(read(2 * page - 1, 2).is_none(), "and there is no third one");
    }
}
