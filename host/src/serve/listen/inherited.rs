//! Sockets that somebody else opened for the server: a service manager, or whoever starts it (`fd://N`).

use super::Bound;
use anyhow::{Context, Result, bail, ensure};
use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, getsockname, getsockopt, sockopt};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// The standard streams' descriptors are not for listening.
const FIRST: RawFd = 3;

/// Takes a descriptor over.
///
/// # Errors
/// When it is not open, or is no socket that listens.
pub fn adopt(number: RawFd) -> Result<Bound> {
    ensure!(number >= FIRST, "fd://{number} is a standard stream: a socket to listen on is {FIRST} or above");
    let address = getsockname::<SockaddrStorage>(number);
    let address = address.with_context(|| format!("fd://{number} is no open socket"))?;
    // SAFETY: it is open, as it has a name, and nobody else in this process knows its number: only the process that
    // started this one does, which opened it for the purpose.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    ensure!(getsockopt(&descriptor, sockopt::AcceptConn)?, "fd://{number} is a socket that does not listen");
    match address.family() {
        Some(AddressFamily::Inet | AddressFamily::Inet6) => Ok(Bound::Tcp(descriptor.into())),
        // Its path is its maker's.
        Some(AddressFamily::Unix) => Ok(Bound::Unix(descriptor.into(), None)),
        family => bail!("fd://{number} is a socket of another kind: {family:?}"),
    }
}

/// What systemd opened for this process (sd_listen_fds(3)); nothing if it did not start it so.
///
/// # Errors
/// When one is no socket that listens.
pub fn by_systemd() -> Result<Vec<Bound>> {
    sd_notify::listen_fds().context("reading $LISTEN_FDS")?.map(adopt).collect()
}
