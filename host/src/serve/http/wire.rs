//! A connection's stream, and the part of a response that leaves with the batch.

use super::transport::Transport;
use crate::serve::request::record::Record;
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, Waker, ready};

/// The most bytes to delay: a larger response takes so long to send that waking the client hardly counts.
const SMALL: usize = 16 << 10;

/// Shared by the connection, the batch of the thread that wrote to it, and client probes.
pub struct Wire {
    pub stream: Transport,
    /// The next write may wait.
    patient: AtomicBool,
    /// Bytes that the socket accepted.
    sent: AtomicU64,
    /// Bytes wait for room in the socket.
    pub full: AtomicBool,
    /// In HTTP/1, the record of the response that is being sent, or was last.
    answer: Mutex<Weak<Record>>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Of the connection, which must send the bytes itself if the socket does not accept them at once.
    connection: Option<Waker>,
    /// The connection must send them.
    stuck: bool,
}

impl Wire {
    pub fn new(stream: Transport) -> Self {
        let (patient, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        let full = AtomicBool::new(false);
        Wire { stream, patient, sent, full, answer: Mutex::default(), waiting: Mutex::default() }
    }

    /// Names the response that is sent next.
    pub fn answers(&self, record: &Arc<Record>) {
        *self.answer.lock().expect("no panic while held") = Arc::downgrade(record);
    }

    /// None when only bytes that left hyper remain, or in HTTP/2.
    pub fn answer(&self) -> Option<Arc<Record>> {
        self.answer.lock().expect("no panic while held").upgrade()
    }

    /// Writes to the socket and counts the bytes.
    pub fn try_send(&self, send: impl Fn(&Transport) -> io::Result<usize>) -> io::Result<usize> {
        let sent = send(&self.stream)?;
        self.sent.fetch_add(sent as u64, Relaxed);
        Ok(sent)
    }

    /// Bytes that the other end has acknowledged. The socket may hold megabytes that it has not (tcp(7), SIOCOUTQ), and
    /// reports room only when a good part of them has gone.
    pub fn taken(&self) -> u64 {
        let mut queued: libc::c_int = 0;
        // SAFETY: it writes one int. If it fails, the zero stays, and all sent bytes count as taken.
        unsafe { libc::ioctl(self.stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut queued) };
        self.sent.load(Relaxed).saturating_sub(u64::try_from(queued).unwrap_or(0))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no panic while held")
    }

    /// The next write may wait for other responses.
    pub fn may_delay(&self) {
        self.patient.store(true, Relaxed);
    }

    /// Takes over a write that is small and may wait; returns its length. It leaves by [`Wire::send`].
    pub fn keep(self: &Arc<Self>, context: &mut Context, pieces: &[IoSlice]) -> Option<usize> {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        if !self.patient.swap(false, Relaxed) || length > SMALL {
            return None;
        }
        let mut waiting = self.waiting();
        if !waiting.bytes.is_empty() {
            return None;
        }
        pieces.iter().for_each(|piece| waiting.bytes.extend_from_slice(piece));
        waiting.connection = Some(context.waker().clone());
        Some(length)
    }

    /// Sends the pending bytes. What the socket does not accept is left to the connection.
    pub fn send(&self) {
        let mut waiting = self.waiting();
        if waiting.bytes.is_empty() {
            return;
        }
        if let Ok(sent) = self.try_send(|stream| stream.try_write(&waiting.bytes)) {
            waiting.bytes.drain(..sent);
        }
        waiting.stuck = !waiting.bytes.is_empty();
        if waiting.stuck
            && let Some(connection) = waiting.connection.take()
        {
            connection.wake();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting().bytes.is_empty()
    }

    /// Whether the connection must send the pending bytes.
    pub fn is_stuck(&self) -> bool {
        self.waiting().stuck
    }

    /// Completes when no bytes are pending.
    ///
    /// # Errors
    /// The socket's.
    pub fn poll_empty(&self, context: &mut Context) -> Poll<io::Result<()>> {
        let mut waiting = self.waiting();
        while !waiting.bytes.is_empty() {
            ready!(self.stream.poll_write_ready(context))?;
            match self.try_send(|stream| stream.try_write(&waiting.bytes)) {
                Ok(sent) => drop(waiting.bytes.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        waiting.stuck = false;
        Poll::Ready(Ok(()))
    }
}
