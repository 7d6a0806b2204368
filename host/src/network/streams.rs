//! The two streams of a connection: counted, and not waited for when the request is over.

use super::connection::Connection;
use bytes::{Bytes, BytesMut};
use nix::sys::socket;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use std::{future::Future, future::poll_fn, pin::Pin};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, unconstrained};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// Bytes that are read or taken at once.
pub const PIECE: usize = 64 << 10;
/// For the other end to take what was sent before a socket is closed: natively, the kernel goes on with that.
const LINGER: Duration = Duration::from_secs(5);

/// What comes.
pub struct Reader {
    pub stream: Arc<TcpStream>,
    pub connection: Arc<Connection>,
    pub over: CancellationToken,
}

#[wasmtime_wasi::async_trait]
impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let mut buffer = BytesMut::with_capacity(size.min(PIECE));
        match self.stream.try_read_buf(&mut buffer) {
            _ if size == 0 => Ok(Bytes::new()),
            Ok(0) => Err(StreamError::Closed),
            Ok(count) if !self.connection.gets(count) => Err(beyond()),
            Ok(_) => Ok(buffer.freeze()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Bytes::new()),
            Err(error) => Err(told(&self.connection, error)),
        }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {
        let _ = self.over.run_until_cancelled(self.stream.readable()).await;
    }
}

/// What goes out. Clones are of the same connection.
#[derive(Clone)]
pub struct Writer {
    state: Arc<Mutex<Writing>>,
    connection: Arc<Connection>,
    over: CancellationToken,
}

struct Writing {
    stream: Arc<TcpStream>,
    /// What the system has not taken at once.
    rest: Option<JoinHandle<io::Result<()>>>,
    /// Nothing follows.
    is_over: bool,
}

impl Writing {
    /// Ready with whether more may be written.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if let Some(rest) = &mut self.rest {
            let written = ready!(Pin::new(rest).poll(context));
            self.rest = None;
            written.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        }
        if self.is_over {
            return Poll::Ready(Ok(false));
        }
        ready!(self.stream.poll_write_ready(context))?;
        Poll::Ready(Ok(true))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(rest) = &self.rest {
            rest.abort();
        }
    }
}

impl Writer {
    pub fn new(stream: Arc<TcpStream>, connection: Arc<Connection>, over: CancellationToken) -> Self {
        let state = Arc::new(Mutex::new(Writing { stream, rest: None, is_over: false }));
        Writer { state, connection, over }
    }

    /// Tells the other end that nothing follows, once all is sent.
    pub fn shutdown(&self) {
        let mut state = self.state.lock().expect("no panic while held");
        if std::mem::replace(&mut state.is_over, true) {
            return;
        }
        let stream = state.stream.clone();
        match state.rest.take() {
            None => end(&stream),
            Some(rest) => {
                state.rest = Some(tokio::spawn(async move {
                    let written = rest.await.unwrap_or_else(|error| Err(io::Error::other(error)));
                    end(&stream);
                    written
                }));
            }
        }
    }

    fn told(&self, error: io::Error) -> StreamError {
        if error.kind() == ErrorKind::BrokenPipe { StreamError::Closed } else { told(&self.connection, error) }
    }

    async fn wait(&self) {
        let _ = poll_fn(|context| self.state.lock().expect("no panic while held").poll(context)).await;
    }
}

fn end(stream: &TcpStream) {
    // A connection that is gone has been told of.
    let _ = socket::shutdown(stream.as_raw_fd(), socket::Shutdown::Write);
}

async fn write_all(stream: Arc<TcpStream>, mut rest: Bytes) -> io::Result<()> {
    while !rest.is_empty() {
        stream.writable().await?;
        match stream.try_write(&rest) {
            Ok(count) => drop(rest.split_to(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Writer {
    fn write(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        if !self.connection.sends(bytes.len()) {
            return Err(beyond());
        }
        let mut state = self.state.lock().expect("no panic while held");
        if state.rest.is_some() {
            return Err(StreamError::trap("more is written than check-write() allows"));
        }
        if state.is_over {
            return Err(StreamError::Closed);
        }
        match state.stream.try_write(&bytes) {
            Ok(count) => drop(bytes.split_to(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(self.told(error)),
        }
        if !bytes.is_empty() {
            state.rest = Some(tokio::spawn(write_all(state.stream.clone(), bytes)));
        }
        Ok(())
    }

    /// All is on its way.
    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let mut state = self.state.lock().expect("no panic while held");
        match now(|context| state.poll(context)) {
            Poll::Pending => Ok(0),
            Poll::Ready(Ok(true)) => Ok(PIECE),
            Poll::Ready(Ok(false)) => Err(StreamError::Closed),
            Poll::Ready(Err(error)) => Err(self.told(error)),
        }
    }

    async fn cancel(&mut self) {
        let _ = self.over.run_until_cancelled(timeout(LINGER, self.wait())).await;
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {
        let _ = self.over.run_until_cancelled(self.wait()).await;
    }
}

/// Whether something is ready now. Not by the budget of tokio's tasks, as what it holds back would pass for not ready, and a
/// guest that was told that it may write would find that it may not.
pub fn now<T>(poll: impl FnMut(&mut Context<'_>) -> Poll<T> + Unpin) -> Poll<T> {
    Pin::new(&mut unconstrained(poll_fn(poll))).poll(&mut Context::from_waker(Waker::noop()))
}

fn beyond() -> StreamError {
    StreamError::LastOperationFailed(io::Error::other("more than the limit of --net-bytes").into())
}

/// Notes what ends a stream.
fn told(connection: &Connection, error: io::Error) -> StreamError {
    connection.failed(code_of(&error).name());
    StreamError::LastOperationFailed(error.into())
}

/// As wasi:sockets names an error of the system's.
pub fn code_of(error: &io::Error) -> ErrorCode {
    match error.kind() {
        ErrorKind::PermissionDenied => ErrorCode::AccessDenied,
        ErrorKind::AddrInUse => ErrorCode::AddressInUse,
        ErrorKind::AddrNotAvailable => ErrorCode::AddressNotBindable,
        ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => ErrorCode::ConnectionReset,
        ErrorKind::ConnectionAborted => ErrorCode::ConnectionAborted,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            ErrorCode::RemoteUnreachable
        }
        ErrorKind::InvalidInput => ErrorCode::InvalidArgument,
        ErrorKind::NotConnected => ErrorCode::InvalidState,
        ErrorKind::OutOfMemory => ErrorCode::OutOfMemory,
        ErrorKind::TimedOut => ErrorCode::Timeout,
        ErrorKind::Unsupported => ErrorCode::NotSupported,
        _ => match error.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE) => ErrorCode::NewSocketLimit,
            Some(libc::ENOBUFS) => ErrorCode::OutOfMemory,
            _ => ErrorCode::Unknown,
        },
    }
}
