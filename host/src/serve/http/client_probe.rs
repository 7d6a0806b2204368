//! A connection's socket, as those who serve the connection see it.

use super::wire::Wire;
use crate::serve::request::record::Record;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

/// nix does not name this one.
const SENDS_NO_MORE: PollFlags = PollFlags::from_bits_retain(nix::libc::POLLRDHUP);

/// What those who serve a connection know of its socket.
#[derive(Clone, Default)]
pub struct ClientProbe(Weak<Wire>);

impl ClientProbe {
    pub fn of(wire: &Arc<Wire>) -> Self {
        ClientProbe(Arc::downgrade(wire))
    }

    /// What is written next may wait for answers to others: an answer that is whole, for what a guest is not done with
    /// must not be delayed (PEP 3333, "Buffering and Streaming").
    pub fn may_delay(&self) {
        if let Some(wire) = self.0.upgrade() {
            wire.may_delay();
        }
    }

    /// Whose answer is sent next.
    pub fn answers(&self, record: &Arc<Record>) {
        if let Some(wire) = self.0.upgrade() {
            wire.answers(record);
        }
    }

    /// Something that was written waits for room in the socket.
    pub fn is_full(&self) -> bool {
        self.0.upgrade().is_some_and(|wire| wire.full.load(Relaxed))
    }

    /// The client has closed the connection, or at least its sending side, which HTTP servers take for the same; or
    /// the connection is gone already. Unlike a read, this also sees it behind bytes that nobody has read yet.
    pub fn has_hung_up(&self) -> bool {
        let Some(wire) = self.0.upgrade() else { return true };
        let mut watched = [PollFd::new(wire.stream.as_fd(), SENDS_NO_MORE)];
        poll(&mut watched, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}
