//! The sockets that the server listens on: TCP, Unix, and those that somebody else opened for it.

mod address;
mod holder;
pub mod inherited;
mod shared;
mod unix;

pub use address::Bind;
pub use shared::{Handed, Shared, leave_files};
pub use unix::{Mode, Owner};

use super::http::transport::Transport;
use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::PathBuf;
use tokio::net::{TcpListener, TcpSocket, UnixListener};

/// Connections that the kernel accepts before the server does. gunicorn's default.
const BACKLOG: u32 = 2048;
/// Ports that `--find-free-port` tries.
const TRIED: u16 = 100;

#[derive(Args, Clone)]
pub struct ListenArgs {
    /// Where to listen; may be given several times: `HOST:PORT`, `[::]:PORT`, `unix:PATH`, or `fd://N`, a descriptor that
    /// is open already. Port 0 lets the kernel choose a free one.
    ///
    /// Default: the sockets that systemd opened for it ($LISTEN_FDS), else 0.0.0.0:$PORT where a platform says so, else
    /// 127.0.0.1:8000.
    #[arg(short, long, value_name = "ADDR")]
    pub bind: Vec<Bind>,
    /// Take the next free port where one is in use
    #[arg(long)]
    find_free_port: bool,
    /// Let several servers listen on the same port (SO_REUSEPORT); the kernel spreads the connections
    #[arg(long)]
    reuse_port: bool,
    /// Mode of Unix sockets, in octal digits
    #[arg(long, value_name = "MODE", default_value = "660")]
    socket_mode: Mode,
    /// Owner of Unix sockets: USER, USER:GROUP or :GROUP, by name or number
    #[arg(long, value_name = "USER:GROUP")]
    socket_owner: Option<Owner>,
}

/// A socket that listens already, so that an address in use is reported before anything slow happens.
pub enum Bound {
    Tcp(std::net::TcpListener),
    /// With the path to remove at the end, if the server made it.
    Unix(StdUnixListener, Option<PathBuf>),
}

/// Opens all sockets.
///
/// # Errors
/// When one cannot be opened: an address in use, a name that nobody knows, a descriptor that does not listen.
pub fn open(args: &ListenArgs) -> Result<Vec<Bound>> {
    let mut bound = vec![];
    for bind in &args.bind {
        match bind {
            Bind::Tcp(host, port) => bound.extend(tcp(host, *port, args)?),
            Bind::Unix(path) => bound.push(unix::open(path, args.socket_mode, args.socket_owner.as_ref())?),
            Bind::Descriptor(number) => bound.push(inherited::adopt(*number)?),
        }
    }
    if bound.is_empty() {
        bound = inherited::by_systemd()?;
    }
    if bound.is_empty() {
        bound = match std::env::var("PORT") {
            Ok(port) => tcp("0.0.0.0", port.parse().with_context(|| format!("PORT={port} is no port"))?, args)?,
            Err(_) => tcp("127.0.0.1", 8000, args)?,
        };
    }
    Ok(bound)
}

/// Opens the admin's sockets, beside those that are open already.
///
/// # Errors
/// As for [`open`].
pub fn open_admin(bind: &Bind, args: &ListenArgs, beside: &[Bound]) -> Result<Vec<Bound>> {
    let is_taken = |port| beside.iter().any(|bound| port > 0 && bound.port() == Some(port));
    let args = ListenArgs { find_free_port: false, reuse_port: false, ..args.clone() };
    let opened = match bind {
        Bind::Tcp(host, port) => tcp(host, *port, &args).map_err(|error| match is_taken(*port) {
            true => anyhow!("--admin {bind} has the port of the application's own address: give it another one"),
            false => error.context(format!("--admin {bind}")),
        })?,
        Bind::Unix(path) => vec![unix::open(path, args.socket_mode, args.socket_owner.as_ref())?],
        Bind::Descriptor(number) => vec![inherited::adopt(*number)?],
    };
    Ok(opened)
}

impl Bound {
    /// Of TCP.
    fn port(&self) -> Option<u16> {
        match self {
            Bound::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
            Bound::Unix(..) => None,
        }
    }
}

/// One listener for each address of a host.
fn tcp(host: &str, port: u16, args: &ListenArgs) -> Result<Vec<Bound>> {
    let found = (host, port).to_socket_addrs().with_context(|| format!("--bind {host}:{port}: nobody knows {host}"))?;
    let mut addresses: Vec<_> = found.collect();
    addresses.dedup();
    ensure!(!addresses.is_empty(), "--bind {host}:{port}: {host} has no address");
    let mut bound = vec![];
    for address in addresses {
        match listen_nearby(address, args) {
            Ok(listener) => bound.push(Bound::Tcp(listener)),
            // `localhost` has an address of a kind that this machine may not have.
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable && !bound.is_empty() => {}
            Err(error) => return Err(refused(address, error)),
        }
    }
    Ok(bound)
}

fn listen_nearby(address: SocketAddr, args: &ListenArgs) -> io::Result<std::net::TcpListener> {
    let last = if args.find_free_port { address.port().saturating_add(TRIED) } else { address.port() };
    let mut tried = address;
    loop {
        match listen(tried, args.reuse_port) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && tried.port() < last => {
                tried.set_port(tried.port() + 1);
            }
            done => return done,
        }
    }
}

fn listen(address: SocketAddr, reuse_port: bool) -> io::Result<std::net::TcpListener> {
    // tokio's sockets need its runtime to be made, and no longer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _in_runtime = runtime.enter();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was just stopped leaves connections behind that must not hinder the next one.
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(reuse_port)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

fn refused(address: SocketAddr, error: io::Error) -> anyhow::Error {
    if error.kind() != ErrorKind::AddrInUse {
        return anyhow::Error::new(error).context(format!("cannot listen on {address}: choose another --bind"));
    }
    let holder = holder::of(address).map_or(String::new(), |holder| format!(" by {holder}"));
    anyhow!("{address} is in use{holder}: stop what listens there, or choose another port with --bind")
}

/// Accepts connections. A Unix socket that the server made goes with it.
pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, Option<PathBuf>),
}

/// Where a connection comes from.
pub struct Ends {
    pub peer: SocketAddr,
    pub local: SocketAddr,
    /// It comes by a Unix socket: from a proxy on this machine, which speaks for its clients.
    pub is_unix: bool,
}

impl Listener {
    /// Must be called in the serving runtime.
    pub fn of(bound: Bound) -> io::Result<Self> {
        Ok(match bound {
            Bound::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                Listener::Tcp(TcpListener::from_std(listener)?)
            }
            Bound::Unix(listener, path) => {
                listener.set_nonblocking(true)?;
                Listener::Unix(UnixListener::from_std(listener)?, path)
            }
        })
    }

    /// The next connection; None if its socket is dead already.
    ///
    /// # Errors
    /// When the process has too many open files, for example; the listener itself is sound.
    pub async fn accept(&self) -> io::Result<Option<(Transport, Ends)>> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // A small response must not wait for more bytes (RFC 896). If this call fails, it only costs time.
                let _ = stream.set_nodelay(true);
                let local = stream.local_addr().ok();
                Ok(local.map(|local| (Transport::Tcp(stream), Ends { peer, local, is_unix: false })))
            }
            Listener::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                // Its clients are on this machine, and have no port.
                let here = (Ipv4Addr::LOCALHOST, 0).into();
                Ok(Some((Transport::Unix(stream), Ends { peer: here, local: here, is_unix: true })))
            }
        }
    }

    /// For the ready line: `http://127.0.0.1:8000` or `unix:/run/app.sock`.
    pub fn shown(&self, scheme: &str) -> String {
        match self {
            Listener::Tcp(listener) => {
                listener.local_addr().map_or("?".to_owned(), |address| format!("{scheme}://{address}"))
            }
            Listener::Unix(listener, _) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                path.map_or("unix".to_owned(), |path| format!("unix:{}", path.display()))
            }
        }
    }

    /// An origin for clients of this machine; None for a Unix socket.
    pub fn url(&self, scheme: &str) -> Option<String> {
        let Listener::Tcp(listener) = self else { return None };
        let mut address = listener.local_addr().ok()?;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Some(format!("{scheme}://{address}"))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Unix(_, Some(path)) = self
            && !shared::are_files_left()
        {
            let _ = std::fs::remove_file(path);
        }
    }
}
