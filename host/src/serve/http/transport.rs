//! The stream of a connection.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

/// A stream over TCP or a Unix socket, with what both have in common. Errors are the socket's.
pub enum Transport {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Calls the same method of either stream.
macro_rules! either {
    ($transport:expr, $stream:ident => $call:expr) => {
        match $transport {
            Transport::Tcp($stream) => $call,
            Transport::Unix($stream) => $call,
        }
    };
}

impl Transport {
    pub fn poll_read_ready(&self, context: &mut Context) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read_ready(context))
    }

    pub fn poll_write_ready(&self, context: &mut Context) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_write_ready(context))
    }

    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_write(bytes))
    }

    pub fn try_write_vectored(&self, pieces: &[IoSlice]) -> io::Result<usize> {
        either!(self, stream => stream.try_write_vectored(pieces))
    }

    /// Runs a system call on the socket; its WouldBlock makes the socket not ready.
    pub fn try_io<T>(&self, interest: Interest, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        either!(self, stream => stream.try_io(interest, call))
    }
}

impl AsRawFd for Transport {
    fn as_raw_fd(&self) -> RawFd {
        either!(self, stream => stream.as_raw_fd())
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        either!(self, stream => stream.as_fd())
    }
}
