//! The guard between a connection's bytes and hyper's HTTP/1 parser.

use super::framing::{Framing, Stop, encoded};
use super::peer::Peer;
use crate::serve::limits::Limits;
use crate::terminal::console;
use std::fmt::Display;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// hyper sends no response when a head times out.
const TIMED_OUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Passes bytes on while their framing is sound. From the first bad byte on, hyper gets a malformed end instead: it
/// answers the earlier requests in order and the bad one with 400, and closes the connection.
pub struct Guard<S> {
    stream: S,
    peer: Arc<Peer>,
    /// None for HTTP/2, whose frames hyper reads strictly.
    framing: Option<Framing>,
    /// Bytes that were read to detect HTTP/1, and later the replacement of refused ones.
    pending: Vec<u8>,
    refused: bool,
    header_timeout: Duration,
    /// Runs while the rest of a head is awaited; with that head's number.
    head: Option<(u64, Pin<Box<Sleep>>)>,
    /// The unsent rest of [`TIMED_OUT`].
    farewell: Option<&'static [u8]>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guard<S> {
    /// `first` is what was already read from the stream.
    pub fn new(stream: S, peer: Arc<Peer>, first: &[u8], limits: &Limits) -> Self {
        // hyper should be the one to refuse a long head, because it answers 431.
        let framing = Some(Framing::new(2 * limits.header_bytes.0 as usize));
        Guard { framing, header_timeout: limits.header_timeout, ..Guard::open(stream, peer, first) }
    }

    /// A guard that passes everything.
    pub fn open(stream: S, peer: Arc<Peer>, first: &[u8]) -> Self {
        let (framing, pending, header_timeout) = (None, first.to_vec(), Duration::MAX);
        Guard { stream, peer, framing, pending, refused: false, header_timeout, head: None, farewell: None }
    }

    /// Passes the sound bytes of `buffer` from `start` on, followed by the poison. Raw characters of targets are
    /// encoded.
    fn inspect(&mut self, buffer: &mut ReadBuf, mut start: usize) {
        let Some(framing) = &mut self.framing else { return };
        while let Err((sound, stop)) = framing.read(&buffer.filled()[start..]) {
            let rest = &buffer.filled()[start + sound..];
            match stop {
                Stop::Refused(refusal) => {
                    self.pending = framing.poison().to_vec();
                    self.refused = true;
                    tell(&self.peer, refusal);
                }
                Stop::Raw(target) => {
                    let (before, after) = (&rest[..target.start], &rest[target.end..]);
                    let rest = [before, &encoded(&rest[target]), after].concat();
                    self.pending.splice(..0, rest);
                }
            }
            start += sound;
            buffer.set_filled(start);
            // At once: an empty read would look like the end of the connection.
            take(&mut self.pending, buffer);
            if self.refused {
                return;
            }
        }
    }

    /// Called only when hyper waits for bytes. An unfinished head is then in hyper's buffer, and with bytes in its
    /// buffer hyper only waits for the rest of that head: all earlier requests are answered.
    fn poll_head_timeout(&mut self, context: &mut Context) -> Poll<io::Result<()>> {
        let Some(framing) = &self.framing else { return Poll::Pending };
        let head = framing.heads();
        self.head.take_if(|(timed, _)| *timed != head);
        self.peer.is_within_head.store(framing.is_within_head(), Relaxed);
        if !framing.is_within_head() {
            return Poll::Pending;
        }
        let until = Instant::now() + self.header_timeout;
        let (_, sleep) = self.head.get_or_insert_with(|| (head, Box::pin(tokio::time::sleep_until(until))));
        ready!(sleep.as_mut().poll(context));
        tell(&self.peer, "its head took too long (--header-timeout)");
        self.farewell = Some(TIMED_OUT);
        self.poll_farewell(context)
    }

    fn poll_farewell(&mut self, context: &mut Context) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.farewell {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            self.farewell = Some(&rest[sent..]);
        }
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

fn tell(peer: &Peer, why: impl Display) {
    peer.has_logged.store(true, Relaxed);
    console::warning(&format!("wasgi: {}: bad request: {why}", peer.client()));
}

/// Moves what there is room for.
fn take(pending: &mut Vec<u8>, buffer: &mut ReadBuf) {
    let length = pending.len().min(buffer.remaining());
    buffer.put_slice(&pending[..length]);
    pending.drain(..length);
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        if self.farewell.is_some() {
            return self.poll_farewell(context);
        }
        let start = buffer.filled().len();
        if !self.pending.is_empty() {
            take(&mut self.pending, buffer);
            if !self.refused {
                self.inspect(buffer, start);
            }
            return Poll::Ready(Ok(()));
        }
        if self.refused {
            return Poll::Pending;
        }
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.poll_head_timeout(context),
            ready => {
                self.inspect(buffer, start);
                ready
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        pieces: &[io::IoSlice],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
