//! The socket of a connection: the connection reads and writes it, and client probes watch it.

use super::batch;
use super::client_probe::ClientProbe;
use super::transport::Transport;
use super::wire::Wire;
use crate::serve::request::error::TAKES_TOO_LITTLE;
use crate::serve::request::unsent::{UnsentAnswers, Wait};
use crate::serve::worker;
use bytes::Bytes;
use nix::errno::Errno;
use nix::sys::socket::{Shutdown, shutdown};
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// Owned by the connection: the socket closes with it, even if probes are left.
pub struct Socket {
    wire: Arc<Wire>,
    answers: UnsentAnswers,
    /// Set while the socket has no room for pending data.
    stalled: Option<Wait>,
    /// Read already, and not used yet.
    ahead: Bytes,
}

impl Socket {
    pub fn new(stream: Transport, answers: UnsentAnswers) -> Self {
        Socket { wire: Arc::new(Wire::new(stream)), answers, stalled: None, ahead: Bytes::new() }
    }

    pub fn line(&self) -> ClientProbe {
        ClientProbe::of(&self.wire)
    }

    /// The next read gets these bytes, which came with others.
    pub fn give_back(&mut self, bytes: Bytes) {
        self.ahead = bytes;
    }

    /// Completes when the client has read too little for too long.
    fn poll_stalled<T>(&mut self, context: &mut Context) -> Poll<io::Result<T>> {
        let Socket { wire, answers, stalled, .. } = self;
        wire.full.store(true, Relaxed);
        let stalled = stalled.get_or_insert_with(|| Wait::begin(answers, wire.taken()));
        ready!(stalled.poll_over(context, answers, wire.answer().as_ref(), || wire.taken(), 1));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, format!("it {TAKES_TOO_LITTLE}"))))
    }

    /// The client has read all there was for it.
    fn is_done(&mut self) {
        if self.stalled.take().is_some() {
            self.wire.full.store(false, Relaxed);
        }
    }

    /// Sends the pending bytes.
    fn poll_empty(&mut self, context: &mut Context) -> Poll<io::Result<()>> {
        if self.wire.is_empty() {
            return Poll::Ready(Ok(()));
        }
        match self.wire.poll_empty(context) {
            Poll::Pending => self.poll_stalled(context),
            emptied => {
                self.is_done();
                emptied
            }
        }
    }

    fn poll_send(
        &mut self,
        context: &mut Context,
        pieces: &[IoSlice],
        send: impl Fn(&Transport) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if let Some(length) = self.wire.keep(context, pieces) {
            batch::add(self.wire.clone());
            return Poll::Ready(Ok(length));
        }
        ready!(self.poll_empty(context))?;
        loop {
            match self.wire.stream.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.poll_stalled(context),
            }
            match self.wire.try_send(&send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => {
                    // After a response, and before its client's next request.
                    worker::after_send();
                    return Poll::Ready(sent);
                }
            }
        }
    }
}

/// Reads into the free part of a buffer, without zeroing it first: mostly it is far larger than what there is to read.
fn receive(stream: &Transport, buffer: &mut ReadBuf) -> io::Result<usize> {
    // SAFETY: the kernel writes to it, and only what it has written is marked as initialised.
    unsafe {
        let room = buffer.unfilled_mut();
        let read = nix::libc::read(stream.as_raw_fd(), room.as_mut_ptr().cast(), room.len());
        let read = Errno::result(read)?.unsigned_abs();
        buffer.assume_init(read);
        buffer.advance(read);
        Ok(read)
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let length = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead.split_to(length));
            return Poll::Ready(Ok(()));
        }
        let stream = &self.wire.stream;
        loop {
            ready!(stream.poll_read_ready(context))?;
            let mut length = None;
            let outcome = stream.try_io(Interest::READABLE, || {
                let room = buffer.remaining();
                let read = receive(stream, buffer)?;
                length = Some(read);
                // A short read has emptied the socket: reporting that to tokio saves the system call that would find it
                // empty.
                if 0 < read && read < room { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            });
            match (length, outcome) {
                (Some(_), _) => return Poll::Ready(Ok(())),
                (None, Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                (None, outcome) => return Poll::Ready(outcome),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(context, &[IoSlice::new(bytes)], |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        pieces: &[IoSlice],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, pieces, |stream| stream.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Pending bytes leave with the batch. The connection only flushes those that the batch could not send. hyper
    /// flushes after it has written everything: then the client has taken all of it.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        if self.wire.is_stuck() {
            return self.poll_empty(context);
        }
        self.is_done();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(context))?;
        Poll::Ready(shutdown(self.wire.stream.as_raw_fd(), Shutdown::Write).map_err(io::Error::from))
    }
}
