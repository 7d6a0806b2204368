//! Accepts connections, detects their HTTP version, and serves their requests.

use super::connections::{Connections, Seat};
use super::guard::Guard;
use super::peer::Peer;
use super::proxy_protocol::{self, Refusal, Start};
use super::socket::Socket;
use super::stream::Streams;
use super::transport::Transport;
use crate::serve::admin::Load;
use crate::serve::applications::Applications;
use crate::serve::limits::{self, Limits};
use crate::serve::listen::{Ends, Listener};
use crate::terminal::console;
use anyhow::Result;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What an HTTP/2 client sends first, and no HTTP/1 client ever (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much one HTTP/2 stream, and a whole connection, may send before the application reads it: the host buffers it.
/// The stream's window is the protocol's default.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
/// How much of one stream's response the host holds while the client does not read it.
const SEND_BUFFER: usize = 64 << 10;

/// Lives once; shared by all connections.
pub struct Front {
    applications: Arc<Applications>,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    http1: http1::Builder,
    stopping: CancellationToken,
    /// Another process takes the next connections.
    leaving: CancellationToken,
    connections: Arc<Connections>,
    tasks: TaskTracker,
}

impl Front {
    /// `connections` is the limit.
    pub fn new(
        applications: Arc<Applications>,
        tls: Option<TlsAcceptor>,
        limits: Limits,
        connections: usize,
    ) -> Arc<Self> {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            // The guard times unfinished heads, and the peer idle connections.
            .header_read_timeout(None)
            .max_buf_size(limits.header_bytes.0 as usize)
            .max_headers(limits.headers as usize);
        let (stopping, leaving) = (CancellationToken::new(), CancellationToken::new());
        let (connections, tasks) = (Connections::new(connections), TaskTracker::new());
        Arc::new(Front { applications, tls, limits, http1, stopping, leaving, connections, tasks })
    }

    /// For one connection; its streams become tasks.
    fn http2(&self, peer: Arc<Peer>) -> http2::Builder<Streams> {
        let limits = &self.limits;
        let mut http2 = http2::Builder::new(Streams { peer, answers: self.applications.answers().clone() });
        // A flood of resets ends the connection: hyper's own limits are on (RUSTSEC-2024-0003, CVE-2023-44487).
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.header_timeout)
            .keep_alive_timeout(limits.header_timeout)
            .max_concurrent_streams(limits.concurrency.get())
            .max_header_list_size(limits.header_bytes.0.try_into().unwrap_or(u32::MAX))
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER);
        http2
    }

    /// What there is to do just now, for each application.
    pub fn loads(&self) -> Vec<Load> {
        self.applications.loads()
    }

    /// How many connections there are, and their limit.
    pub fn connections(&self) -> (u64, u64) {
        (self.connections.count(), self.connections.most() as u64)
    }

    /// Accepts connections for ever.
    pub async fn accept(self: &Arc<Self>, listener: &Listener) {
        loop {
            match listener.accept().await {
                Ok(Some((stream, ends))) => self.serve(stream, ends).await,
                Ok(None) => {}
                // For example too many open files: the listener itself is sound, so accept again once some have closed.
                Err(error) => {
                    console::warning(&format!("wasgi: cannot accept a connection: {error}"));
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Has the next answer of each HTTP/1 connection be its last one, so that few connections are left when the server
    /// ends: a proxy that keeps them open may be sending when an idle one is closed.
    pub fn drain(&self) {
        self.applications.leave();
    }

    /// Lets connections end so that no client loses a request: HTTP/2 says by itself which was the last one, and the next
    /// answer of HTTP/1 does ("Connection: close", RFC 9112, section 9.6). An idle HTTP/1 connection stays as long as
    /// ever, as its client may be sending. Returns when none is left.
    pub async fn leave(&self) {
        self.applications.leave();
        self.leaving.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.applications.idle().await;
    }

    /// Closes idle connections, and the others after their responses; returns when none is left.
    pub async fn finish(&self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.applications.idle().await;
    }

    /// Starts the connection as soon as there is room for it.
    pub async fn serve(self: &Arc<Self>, stream: Transport, ends: Ends) {
        let socket = Socket::new(stream, self.applications.answers().clone());
        let changed = self.connections.changed.clone();
        let peer = Arc::new(Peer::new(ends, self.tls.is_some(), socket.line(), changed));
        let seat = self.connections.seat(&peer).await;
        self.tasks.spawn(self.clone().connection(socket, peer, seat));
    }

    async fn connection(self: Arc<Self>, socket: Socket, peer: Arc<Peer>, _seat: Seat) {
        if let Err(error) = self.open(socket, &peer).await {
            console::warning(&format!("wasgi: {}: {error:#}", peer.client()));
        }
    }

    async fn open(&self, mut socket: Socket, peer: &Arc<Peer>) -> Result<()> {
        if self.applications.is_proxied() && !self.read_proxy(&mut socket, peer).await? {
            return Ok(());
        }
        let Some(acceptor) = &self.tls else { return self.choose(socket, peer).await };
        let handshake = tokio::time::timeout(self.limits.header_timeout, acceptor.accept(socket));
        match self.unless_over(peer, handshake).await {
            None => Ok(()),
            Some(Err(_)) => anyhow::bail!("its TLS handshake took too long (--header-timeout)"),
            Some(Ok(Err(error))) if is_disconnect(&error) => Ok(()),
            Some(Ok(Err(error))) => Err(anyhow::Error::new(error).context("no TLS connection came about")),
            Some(Ok(Ok(stream))) => self.choose(stream, peer).await,
        }
    }

    /// Learns from a proxy whose connection this is. False if it has ended.
    async fn read_proxy(&self, socket: &mut Socket, peer: &Peer) -> Result<bool> {
        if !self.applications.trusts(peer) {
            return Err(Refusal::Untrusted.into());
        }
        let header = tokio::time::timeout(self.limits.header_timeout, proxy_protocol::read(socket));
        let Some(header) = self.unless_over(peer, header).await else { return Ok(false) };
        match header.map_err(|_| Refusal::TooSlow)?? {
            Start::Of(proxied) => peer.is_proxied(proxied),
            Start::Local => {}
            Start::Ended => return Ok(false),
        }
        Ok(true)
    }

    /// The first bytes distinguish HTTP/2 from HTTP/1, with prior knowledge as with ALPN.
    async fn choose<S>(&self, mut stream: S, peer: &Arc<Peer>) -> Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut first = [0; PREFACE.len()];
        let read = tokio::time::timeout(self.limits.header_timeout, read_first(&mut stream, &mut first));
        // A client that connects and sends nothing is not an error.
        let Some(Ok(Ok(length @ 1..))) = self.unless_over(peer, read).await else { return Ok(()) };
        let first = &first[..length];
        let (applications, asked) = (self.applications.clone(), peer.clone());
        let answer = service_fn(move |request| {
            let (applications, peer, busy) = (applications.clone(), asked.clone(), asked.begins());
            async move { applications.answer(request, &peer, busy).await }
        });
        let served = if first == PREFACE {
            let stream = TokioIo::new(Guard::open(stream, peer.clone(), first));
            let leaving = Some(&self.leaving);
            self.drive(self.http2(peer.clone()).serve_connection(stream, answer), peer, leaving).await
        } else {
            let stream = TokioIo::new(Guard::new(stream, peer.clone(), first, &self.limits));
            self.drive(self.http1.serve_connection(stream, answer), peer, None).await
        };
        match served {
            Err(error) if should_log(&error, peer) => {
                let what = if error.is_parse() { "bad request" } else { "the connection broke off" };
                Err(anyhow::Error::new(error).context(what))
            }
            _ => Ok(()),
        }
    }

    /// `leaving` ends a connection that can end without losing a request.
    async fn drive<C>(&self, connection: C, peer: &Peer, leaving: Option<&CancellationToken>) -> Result<(), C::Error>
    where
        C: GracefulConnection,
    {
        let leaves = async {
            match leaving {
                Some(leaving) => leaving.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            biased;
            ended = connection.as_mut() => return ended,
            () = self.stopping.cancelled() => {}
            () = leaves => {}
            () = peer.retired() => {}
            () = peer.ended() => {}
            () = peer.idle_for(self.limits.keep_alive) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            // The connection is polled once in any case, so that HTTP/2 sends GOAWAY (RFC 9113, section 5.4.1).
            ended = connection => ended,
            () = peer.ended() => Ok(()),
        }
    }

    async fn unless_over<T>(&self, peer: &Peer, what: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = self.stopping.run_until_cancelled(what) => done,
            () = peer.ended() => None,
        }
    }
}

/// Reads until the bytes are or cannot be HTTP/2's preface; returns their number.
async fn read_first(stream: &mut (impl AsyncRead + Unpin), first: &mut [u8; PREFACE.len()]) -> io::Result<usize> {
    let mut length = 0;
    while length < first.len() {
        match stream.read(&mut first[length..]).await? {
            0 => break,
            read => length += read,
        }
        if !PREFACE.starts_with(&first[..length]) {
            break;
        }
    }
    Ok(length)
}

/// Clients that leave are not logged; those that break the protocol or time out are.
fn should_log(error: &hyper::Error, peer: &Peer) -> bool {
    let cause = error.source();
    let of_http2 = cause.and_then(|cause| cause.downcast_ref::<h2::Error>());
    let of_socket = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    match (of_http2, of_socket) {
        _ if peer.has_logged.load(Relaxed) => false,
        (Some(error), _) => !error.is_io() && !error.is_remote(),
        (_, Some(error)) => error.kind() == io::ErrorKind::TimedOut,
        _ => error.is_parse(),
    }
}

fn is_disconnect(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}
