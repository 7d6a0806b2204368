//! A connection's stream, and what of an answer waits to leave on it together with those of other connections.

use crate::serve::request::record::Record;
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, Waker, ready};
use tokio::net::TcpStream;

/// The most bytes that wait: more of an answer take so long to send that waking the client is nothing beside it.
const SMALL: usize = 16 << 10;

/// Shared by the connection, the outbox of the thread that it left something in, and those who look at it.
pub struct Wire {
    pub stream: TcpStream,
    /// What is written next may wait.
    patient: AtomicBool,
    /// Bytes that the socket took over.
    sent: AtomicU64,
    /// Something waits for room in the socket.
    pub full: AtomicBool,
    /// Of the answer that is sent, or was last, in HTTP/1.
    answer: Mutex<Weak<Record>>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Of the connection, which has to send them itself when the socket does not take them at once.
    connection: Option<Waker>,
    /// It must.
    stuck: bool,
}

impl Wire {
    pub fn new(stream: TcpStream) -> Self {
        let (patient, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        let full = AtomicBool::new(false);
        Wire { stream, patient, sent, full, answer: Mutex::default(), waiting: Mutex::default() }
    }

    /// Whose answer is sent next.
    pub fn answers(&self, record: &Arc<Record>) {
        *self.answer.lock().expect("no panic while held") = Arc::downgrade(record);
    }

    /// None where that is done but for what has left hyper's hands, or is HTTP/2's.
    pub fn answer(&self) -> Option<Arc<Record>> {
        self.answer.lock().expect("no panic while held").upgrade()
    }

    /// Writes to the socket, and counts.
    pub fn try_send(&self, send: impl Fn(&TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        let sent = send(&self.stream)?;
        self.sent.fetch_add(sent as u64, Relaxed);
        Ok(sent)
    }

    /// Bytes that the other end has acknowledged. The socket may hold megabytes that it has not (tcp(7), SIOCOUTQ), and
    /// says that there is room only when a good part of them has gone.
    pub fn taken(&self) -> u64 {
        let mut queued: libc::c_int = 0;
        // SAFETY: it writes one int. Refused, it leaves the zero: then what was sent counts.
        unsafe { libc::ioctl(self.stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut queued) };
        self.sent.load(Relaxed).saturating_sub(u64::try_from(queued).unwrap_or(0))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no panic while held")
    }

    /// What is written next may wait for other answers.
    pub fn may_delay(&self) {
        self.patient.store(true, Relaxed);
    }

    /// Takes what is written over, if it is small and may wait; gives its length. It leaves by [`Wire::send`].
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

    /// Sends what waits. What the socket does not take, or refuses, is the connection's affair.
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

    /// What could not be sent without the connection.
    pub fn is_stuck(&self) -> bool {
        self.waiting().stuck
    }

    /// Until nothing waits any more.
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
