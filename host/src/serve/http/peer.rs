//! A connection's peer, and the state of the connection.

use super::client_probe::ClientProbe;
use super::proxy_protocol::Proxied;
use crate::serve::listen::Ends;
use crate::terminal::console;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many requests a client may give up on one HTTP/2 connection: it may leave a page full of pictures, or search
/// anew with each letter. Beyond this, it must have read most responses.
const GIVEN_UP: u32 = 100;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Its address says whether it is a trusted proxy.
    Client,
    /// A program on this machine: only a proxy connects to a Unix socket.
    Neighbour,
    /// Somebody behind a proxy that does not know who.
    Unknown,
}

/// Shared by the connection and its requests.
pub struct Peer {
    /// The socket's other end: a client, or a proxy.
    address: SocketAddr,
    /// This end.
    local: SocketAddr,
    /// It connects by a Unix socket.
    is_unix: bool,
    /// The connection is encrypted.
    secure: bool,
    /// What a proxy has said in front of the connection.
    proxied: OnceLock<Proxied>,
    pub line: ClientProbe,
    /// A fault in what the peer sends has been logged.
    pub has_logged: AtomicBool,
    /// The rest of a request's head is awaited.
    pub is_within_head: AtomicBool,
    /// HTTP/2 streams whose responses wait for the client.
    pub waiting_streams: AtomicUsize,
    /// In progress: from their heads to the ends of their response bodies.
    requests: AtomicUsize,
    /// HTTP/2 requests so far, and how many of them the client gave up.
    asked: AtomicU32,
    given_up: AtomicU32,
    idle_since: Mutex<Instant>,
    /// Asks an idle connection to close and make room.
    leaves: Notify,
    /// Notified when a connection becomes idle, or turns out not to be.
    changed: Arc<Notify>,
    /// The connection takes no more requests.
    retired: CancellationToken,
    /// The connection ends, whatever is in progress.
    ended: CancellationToken,
}

impl Peer {
    /// `changed` is notified when the connection becomes idle.
    pub fn new(ends: Ends, secure: bool, line: ClientProbe, changed: Arc<Notify>) -> Self {
        Peer {
            address: ends.peer,
            local: ends.local,
            is_unix: ends.is_unix,
            secure,
            proxied: OnceLock::new(),
            line,
            has_logged: AtomicBool::new(false),
            is_within_head: AtomicBool::new(false),
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

    /// Whose connection this is: the socket's other end, or the client of a proxy that says so.
    pub fn client(&self) -> SocketAddr {
        self.ends().map_or(self.address, |(client, _)| client)
    }

    /// Where the client has connected to.
    pub fn local(&self) -> SocketAddr {
        self.ends().map_or(self.local, |(_, local)| local)
    }

    fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.proxied.get()?.ends
    }

    /// The client's connection is encrypted.
    pub fn is_secure(&self) -> bool {
        self.secure || self.proxied.get().is_some_and(|proxied| proxied.secure)
    }

    /// What is known of whose words its requests' headers are.
    pub fn speaker(&self) -> Speaker {
        match self.proxied.get() {
            Some(Proxied { ends: None, .. }) => Speaker::Unknown,
            None if self.is_unix => Speaker::Neighbour,
            _ => Speaker::Client,
        }
    }

    /// Another one's connection begins, behind what a proxy says of it.
    pub fn is_proxied(&self, proxied: Proxied) {
        let _ = self.proxied.set(proxied);
    }

    /// A request is in progress until the returned guard is dropped.
    pub fn begins(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Relaxed);
        Busy(self.clone())
    }

    /// Since when the connection has had no request and no response under way. An unfinished head is no request yet.
    pub fn idle_since(&self) -> Option<Instant> {
        let is_busy = self.requests.load(Relaxed) > 0 || self.waiting_streams.load(Relaxed) > 0;
        (!is_busy && !self.line.is_full()).then(|| *self.idle_since.lock().expect("no panic while held"))
    }

    /// Completes when the connection has waited for a request for `time`.
    pub async fn idle_for(&self, time: Duration) {
        loop {
            let since = self.idle_since().filter(|_| !self.is_within_head.load(Relaxed));
            let left = since.map_or(time, |since| time.saturating_sub(since.elapsed()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    /// An HTTP/2 stream begins.
    pub fn asks(&self) {
        self.asked.fetch_add(1, Relaxed);
    }

    /// The client has reset a stream. A client that does little else makes the server work in vain: the connection ends
    /// after its pending responses, and at once if the client goes on.
    pub fn gives_up(&self) {
        let given_up = self.given_up.fetch_add(1, Relaxed) + 1;
        if !is_abusive(given_up, self.asked.load(Relaxed)) {
            return;
        }
        if !self.retired.is_cancelled() {
            console::warning(&format!(
                "wasgi: {}: the client resets most of its requests: closing the connection",
                self.client()
            ));
        }
        self.retired.cancel();
        if given_up > 2 * GIVEN_UP {
            self.end();
        }
    }

    /// Completes when the connection takes no more requests.
    pub async fn retired(&self) {
        self.retired.cancelled().await;
    }

    /// Ends the connection, once the client could be notified.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Asks the connection to make room if it is idle.
    pub fn leave(&self) {
        self.leaves.notify_one();
    }

    /// Completes when the connection must end, or is idle and must make room. Polled after the connection, which has
    /// then begun every request that has arrived.
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

/// Whether the client gave up so many requests that the server works in vain.
fn is_abusive(given_up: u32, asked: u32) -> bool {
    given_up > GIVEN_UP && 2 * given_up > asked
}

/// A request in progress.
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
        assert!(!is_abusive(100, 100));
        assert!(is_abusive(101, 101));
        assert!(is_abusive(101, 201));
        assert!(!is_abusive(101, 202));
        assert!(!is_abusive(10_000, 20_000));
    }
}
