//! Whom a connection is with, and what is known of how that goes.

use super::Line;
use super::stream::Stream;
use crate::serve::record::Record;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use tokio_util::sync::CancellationToken;

/// Shared by the connection and its requests.
pub struct Peer {
    /// The socket's other end: a client, or a proxy.
    pub address: SocketAddr,
    /// This end.
    pub local: SocketAddr,
    /// The connection is encrypted.
    pub secure: bool,
    pub line: Line,
    /// What is wrong with what it sends stands in the log already.
    pub told: AtomicBool,
    /// HTTP/2 streams of whose answers something waits for the client.
    pub waiting_streams: AtomicUsize,
    /// Cancelled when the connection is to end, whatever is in progress.
    ended: CancellationToken,
}

impl Peer {
    pub fn new(address: SocketAddr, local: SocketAddr, secure: bool, line: Line) -> Self {
        let (told, waiting_streams) = (AtomicBool::new(false), AtomicUsize::new(0));
        Peer { address, local, secure, line, told, waiting_streams, ended: CancellationToken::new() }
    }

    /// Whose answer is sent next, by the task that does.
    pub fn answers(&self, record: &Arc<Record>) {
        if !Stream::answers(record) {
            self.line.answers(record);
        }
    }

    /// The connection ends, as soon as its client could be told.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Until [`Peer::end`].
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}
