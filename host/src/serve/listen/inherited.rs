//! Sockets that somebody else opened for the server: a service manager, or whoever starts it (`fd://N`).

use super::Bound;
use anyhow::{Context, Result, bail, ensure};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, getsockname, getsockopt, sockopt};
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};

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
    let descriptor = own(number)?;
    ensure!(getsockopt(&descriptor, sockopt::AcceptConn)?, "fd://{number} is a socket that does not listen");
    match address.family() {
        Some(AddressFamily::Inet | AddressFamily::Inet6) => Ok(Bound::Tcp(descriptor.into())),
        // Its path is its maker's.
        Some(AddressFamily::Unix) => Ok(Bound::Unix(descriptor.into(), None)),
        family => bail!("fd://{number} is a socket of another kind: {family:?}"),
    }
}

/// Takes any descriptor over that whoever started this process opened for it. Processes that this one starts do not
/// have it.
///
/// # Errors
/// When it is not open.
pub fn own(number: RawFd) -> Result<OwnedFd> {
    // SAFETY: nobody else in this process knows its number: only the process that started this one does. If it is not
    // open, the call says so, and nothing owns it.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).with_context(|| format!("fd://{number} is not open"))?;
    // SAFETY: as above, and it is open.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// What systemd opened for this process (sd_listen_fds(3)); nothing if it did not start it so.
///
/// # Errors
/// When one is no socket that listens.
pub fn by_systemd() -> Result<Vec<Bound>> {
    sd_notify::listen_fds().context("reading $LISTEN_FDS")?.map(adopt).collect()
}
