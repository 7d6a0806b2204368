//! One socket for TCP: made, connected, set and closed.
//!
//! The system's own, and not wasmtime-wasi's: those hold back small pieces until earlier ones are confirmed (RFC 896), and let
//! nobody change that. A TLS handshake and a query then wait for 40 ms.

use super::connection::Connection;
use super::streams::{Reader, Writer, code_of, now};
use nix::errno::Errno;
use nix::sys::socket::{
    self, AddressFamily, SetSockOpt, SockFlag, SockProtocol, SockType, SockaddrStorage, setsockopt, sockopt,
};
use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use wasmtime_wasi::p2::Pollable;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

/// A socket of a sandbox.
pub struct Socket {
    state: State,
    is_six: bool,
    pub connection: Arc<Connection>,
    /// For a connection to be made.
    patience: Duration,
    /// Cancelled when nothing is waited for any more.
    over: CancellationToken,
}

enum State {
    New(OwnedFd),
    Connecting { stream: Arc<TcpStream>, to: SocketAddr, until: Instant },
    Connected { stream: Arc<TcpStream>, writer: Writer },
    Failed(ErrorCode),
}

/// What a program may set.
#[derive(Clone, Copy)]
pub enum Setting {
    KeepAlive(bool),
    KeepAliveIdle(Duration),
    KeepAliveInterval(Duration),
    KeepAliveCount(u32),
    HopLimit(u8),
    ReceiveBuffer(u64),
    SendBuffer(u64),
}

impl Socket {
    /// One that is connected to nobody.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new(
        is_six: bool,
        connection: Arc<Connection>,
        patience: Duration,
        over: CancellationToken,
    ) -> Result<Self, ErrorCode> {
        let family = if is_six { AddressFamily::Inet6 } else { AddressFamily::Inet };
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let made = socket::socket(family, SockType::Stream, flags, SockProtocol::Tcp).map_err(of_errno)?;
        set(&made, sockopt::TcpNoDelay, &true)?;
        if is_six {
            // No address of IPv4 by another name.
            set(&made, sockopt::Ipv6V6Only, &true)?;
        }
        Ok(Socket { state: State::New(made), is_six, connection, patience, over })
    }

    pub fn is_six(&self) -> bool {
        self.is_six
    }

    /// Begins to connect. Nothing waits.
    ///
    /// # Errors
    /// When it has been connected, or that fails at once.
    pub fn start(&mut self, to: SocketAddr) -> Result<(), ErrorCode> {
        let is_plain = !to.ip().is_unspecified() && !to.ip().is_multicast() && to.port() != 0;
        if to.is_ipv6() != self.is_six || !is_plain || is_four_inside(to) {
            return Err(ErrorCode::InvalidArgument);
        }
        let State::New(made) = &self.state else { return Err(ErrorCode::InvalidState) };
        let made = made.try_clone().map_err(|error| code_of(&error))?;
        match socket::connect(made.as_raw_fd(), &SockaddrStorage::from(to)) {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(errno) => return Err(of_errno(errno)),
        }
        let stream = TcpStream::from_std(made.into()).map_err(|error| code_of(&error))?;
        self.state = State::Connecting { stream: Arc::new(stream), to, until: Instant::now() + self.patience };
        Ok(())
    }

    /// The streams of a connection that is made by now.
    ///
    /// # Errors
    /// `would-block` where it is not, and what it failed by.
    pub fn finish(&mut self) -> Result<(Reader, Writer), ErrorCode> {
        let State::Connecting { stream, to, until } = &self.state else { return Err(ErrorCode::NotInProgress) };
        let is_ready = now(|context| stream.poll_write_ready(context)).is_ready();
        let found = match stream.take_error() {
            Ok(None) if is_ready && stream.peer_addr().is_ok_and(|peer| peer == *to) => Ok(stream.clone()),
            Ok(None) if Instant::now() >= *until => Err(ErrorCode::Timeout),
            Ok(None) => return Err(ErrorCode::WouldBlock),
            Ok(Some(error)) | Err(error) => Err(code_of(&error)),
        };
        match found {
            Ok(stream) => {
                let (connection, over) = (self.connection.clone(), self.over.clone());
                let reader = Reader { stream: stream.clone(), connection: connection.clone(), over: over.clone() };
                let writer = Writer::new(stream.clone(), connection, over);
                self.state = State::Connected { stream, writer: writer.clone() };
                Ok((reader, writer))
            }
            Err(code) => {
                self.state = State::Failed(code);
                Err(code)
            }
        }
    }

    /// # Errors
    /// When it is not connected.
    pub fn shutdown(&self, how: Shutdown) -> Result<(), ErrorCode> {
        let State::Connected { stream, writer } = &self.state else { return Err(ErrorCode::InvalidState) };
        let system = |how| socket::shutdown(stream.as_raw_fd(), how).map_err(of_errno);
        if how != Shutdown::Write {
            system(socket::Shutdown::Read)?;
        }
        if how != Shutdown::Read {
            writer.shutdown();
        }
        Ok(())
    }

    /// # Errors
    /// When it has none.
    pub fn local(&self) -> Result<SocketAddr, ErrorCode> {
        self.stream()?.local_addr().map_err(|error| code_of(&error))
    }

    /// # Errors
    /// When it is not connected.
    pub fn remote(&self) -> Result<SocketAddr, ErrorCode> {
        let State::Connected { stream, .. } = &self.state else { return Err(ErrorCode::InvalidState) };
        stream.peer_addr().map_err(|error| code_of(&error))
    }

    fn stream(&self) -> Result<&TcpStream, ErrorCode> {
        match &self.state {
            State::Connecting { stream, .. } | State::Connected { stream, .. } => Ok(stream),
            State::New(_) => Err(ErrorCode::InvalidState),
            State::Failed(code) => Err(*code),
        }
    }

    /// # Errors
    /// When the system refuses the value.
    pub fn set(&self, setting: Setting) -> Result<(), ErrorCode> {
        match &self.state {
            State::New(made) => apply(made, self.is_six, setting),
            _ => apply(self.stream()?, self.is_six, setting),
        }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Socket {
    async fn ready(&mut self) {
        let State::Connecting { stream, until, .. } = &self.state else { return };
        let connected = timeout_at(*until, poll_fn(|context| stream.poll_write_ready(context)));
        let _ = self.over.run_until_cancelled(connected).await;
    }
}

/// Whether an address of IPv6 is one of IPv4 by another name.
fn is_four_inside(place: SocketAddr) -> bool {
    matches!(place, SocketAddr::V6(place) if place.ip().to_ipv4_mapped().is_some())
}

fn set<F: AsFd, O: SetSockOpt>(fd: &F, option: O, value: &O::Val) -> Result<(), ErrorCode> {
    setsockopt(fd, option, value).map_err(of_errno)
}

fn apply(fd: &impl AsFd, is_six: bool, setting: Setting) -> Result<(), ErrorCode> {
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX).max(1);
    let bytes = |size: u64| usize::try_from(size.min(1 << 30)).unwrap_or_default();
    match setting {
        Setting::KeepAlive(is_on) => set(fd, sockopt::KeepAlive, &is_on),
        Setting::KeepAliveIdle(time) => set(fd, sockopt::TcpKeepIdle, &seconds(time)),
        Setting::KeepAliveInterval(time) => set(fd, sockopt::TcpKeepInterval, &seconds(time)),
        Setting::KeepAliveCount(count) => set(fd, sockopt::TcpKeepCount, &count),
        Setting::HopLimit(limit) if is_six => set(fd, sockopt::Ipv6Ttl, &limit.into()),
        Setting::HopLimit(limit) => set(fd, sockopt::Ipv4Ttl, &limit.into()),
        Setting::ReceiveBuffer(size) => set(fd, sockopt::RcvBuf, &bytes(size)),
        Setting::SendBuffer(size) => set(fd, sockopt::SndBuf, &bytes(size)),
    }
}

fn of_errno(errno: Errno) -> ErrorCode {
    code_of(&io::Error::from(errno))
}
