//! What the request's side can see of its connection's socket.

use super::wire::Wire;
use crate::serve::request::record::Record;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

/// POLLRDHUP, which nix does not name.
const SENDS_NO_MORE: PollFlags = PollFlags::from_bits_retain(nix::libc::POLLRDHUP);

/// A weak handle on a connection's socket, for the code that serves its requests.
#[derive(Clone, Default)]
pub struct ClientProbe(Weak<Wire>);

impl ClientProbe {
    pub fn of(wire: &Arc<Wire>) -> Self {
        ClientProbe(Arc::downgrade(wire))
    }

    /// The next write may wait for other responses. Only for a whole response: a guest's blocks must not be delayed
    /// (PEP 3333, "Buffering and Streaming").
    pub fn may_delay(&self) {
        if let Some(wire) = self.0.upgrade() {
            wire.may_delay();
        }
    }

    /// Names the response that is sent next.
    pub fn answers(&self, record: &Arc<Record>) {
        if let Some(wire) = self.0.upgrade() {
            wire.answers(record);
        }
    }

    /// Written bytes wait for room in the socket.
    pub fn is_full(&self) -> bool {
        self.0.upgrade().is_some_and(|wire| wire.full.load(Relaxed))
    }

    /// The client has closed the connection, or at least its sending side, which HTTP servers treat alike; or the
    /// connection has ended already. Unlike a read, this sees it past unread bytes, too.
    pub fn has_hung_up(&self) -> bool {
        let Some(wire) = self.0.upgrade() else { return true };
        let mut watched = [PollFd::new(wire.stream.as_fd(), SENDS_NO_MORE)];
        poll(&mut watched, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}
