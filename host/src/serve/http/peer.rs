//! Whom a connection is with, and what is known of how that goes.

use super::client_probe::ClientProbe;
use crate::terminal::console;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// So many requests may be given up on one HTTP/2 connection: a page full of pictures that its reader leaves, or a search
/// that asks anew with each letter. Beyond it, most must have been answered.
const GIVEN_UP: u32 = 100;

/// Shared by the connection and its requests.
pub struct Peer {
    /// The socket's other end: a client, or a proxy.
    pub address: SocketAddr,
    /// This end.
    pub local: SocketAddr,
    /// The connection is encrypted.
    pub secure: bool,
    pub line: ClientProbe,
    /// What is wrong with what it sends stands in the log already.
    pub told: AtomicBool,
    /// HTTP/2 streams of whose answers something waits for the client.
    pub waiting_streams: AtomicUsize,
    /// In progress: from their heads to the ends of their answers' bodies.
    requests: AtomicUsize,
    /// HTTP/2 requests so far, and those of them that the client gave up.
    asked: AtomicU32,
    given_up: AtomicU32,
    idle_since: Mutex<Instant>,
    /// It is to leave if it is idle: it makes room for another one.
    leaves: Notify,
    /// Whoever waits for room hears when a connection becomes idle, or is not after all.
    changed: Arc<Notify>,
    /// No more requests are to come.
    retired: CancellationToken,
    /// It is to end, whatever is in progress.
    ended: CancellationToken,
}

impl Peer {
    /// `changed` is told when the connection becomes idle.
    pub fn new(address: SocketAddr, local: SocketAddr, secure: bool, line: ClientProbe, changed: Arc<Notify>) -> Self {
        Peer {
            address,
            local,
            secure,
            line,
            told: AtomicBool::new(false),
            waiting_streams: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            asked: AtomicU32::new(0),
            given_up: AtomicU32::new(0),
            idle_since: Mutex::new(Instant::now()),
            leaves: Notify::new(),
            changed,
            retired: CancellationToken::new(),
            ended: CancellationToken::new(),
        }
    }

    /// A request is in progress until what this gives is dropped.
    pub fn begins(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Relaxed);
        Busy(self.clone())
    }

    /// Since when it asks for nothing and takes nothing. A head that is not finished asks for nothing yet.
    pub fn idle_since(&self) -> Option<Instant> {
        let is_busy = self.requests.load(Relaxed) > 0 || self.waiting_streams.load(Relaxed) > 0;
        (!is_busy && !self.line.is_full()).then(|| *self.idle_since.lock().expect("no panic while held"))
    }

    /// An HTTP/2 stream begins.
    pub fn asks(&self) {
        self.asked.fetch_add(1, Relaxed);
    }

    /// The client has reset one. Where it does little else, it makes the server work for nobody: the connection is to
    /// end when its requests are answered, and at once if that goes on.
    pub fn gives_up(&self) {
        let given_up = self.given_up.fetch_add(1, Relaxed) + 1;
        if !is_for_nobody(given_up, self.asked.load(Relaxed)) {
            return;
        }
        if !self.retired.is_cancelled() {
            console::line(&format!(
                "wasgi: {}: the client resets most of its requests: closing the connection",
                self.address
            ));
        }
        self.retired.cancel();
        if given_up > 2 * GIVEN_UP {
            self.end();
        }
    }

    /// Until the connection is to take no more requests.
    pub async fn retired(&self) {
        self.retired.cancelled().await;
    }

    /// The connection ends, as soon as its client could be told.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Asks it to make room.
    pub fn leave(&self) {
        self.leaves.notify_one();
    }

    /// Until it is to end, or is idle and to make room. Polled behind the connection, which so has begun whatever has
    /// arrived.
    pub async fn ended(&self) {
        loop {
            tokio::select! {
                () = self.ended.cancelled() => return,
                () = self.leaves.notified() => {}
            }
            match self.idle_since() {
                Some(_) => self.end(),
                None => self.changed.notify_waiters(),
            }
        }
    }
}

/// Whether a client that gave up so many of its requests makes the server work for nobody.
fn is_for_nobody(given_up: u32, asked: u32) -> bool {
    given_up > GIVEN_UP && 2 * given_up > asked
}

/// A request that is in progress.
pub struct Busy(Arc<Peer>);

impl Drop for Busy {
    fn drop(&mut self) {
        let Peer { requests, idle_since, changed, .. } = &*self.0;
        if requests.fetch_sub(1, Relaxed) == 1 {
            *idle_since.lock().expect("no panic while held") = Instant::now();
            changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_hundred_and_more_than_half_are_for_nobody() {
        assert!(!is_for_nobody(100, 100));
        assert!(is_for_nobody(101, 101));
        assert!(is_for_nobody(101, 201));
        assert!(!is_for_nobody(101, 202));
        assert!(!is_for_nobody(10_000, 20_000));
    }
}
