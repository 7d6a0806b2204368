//! Sockets that the next process of a binary upgrade has, too.

use super::{Bound, Listener, inherited};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether files of sockets are another process's.
static ARE_FILES_LEFT: AtomicBool = AtomicBool::new(false);

/// From now on, the files of Unix sockets stay when this process closes them: they are its successor's.
pub fn leave_files() {
    ARE_FILES_LEFT.store(true, Relaxed);
}

pub fn are_files_left() -> bool {
    ARE_FILES_LEFT.load(Relaxed)
}

/// A second descriptor of a socket that listens.
pub struct Shared {
    pub descriptor: OwnedFd,
    /// The file that the server made for it.
    path: Option<PathBuf>,
}

/// The same as another process finds it.
#[derive(Deserialize, Serialize)]
pub struct Handed {
    descriptor: RawFd,
    path: Option<PathBuf>,
}

impl Shared {
    /// # Errors
    /// When the process has too many open files.
    pub fn of(listener: &Listener) -> io::Result<Self> {
        let (descriptor, path) = match listener {
            Listener::Tcp(listener) => (listener.as_fd().try_clone_to_owned()?, None),
            Listener::Unix(listener, path) => (listener.as_fd().try_clone_to_owned()?, path.clone()),
        };
        Ok(Shared { descriptor, path })
    }

    /// # Errors
    /// When the process has too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Shared { descriptor: self.descriptor.try_clone()?, path: self.path.clone() })
    }

    pub fn handed(&self) -> Handed {
        Handed { descriptor: self.descriptor.as_raw_fd(), path: self.path.clone() }
    }
}

impl Handed {
    /// Takes it over, with the file that goes with it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn adopt(self) -> Result<Bound> {
        Ok(match inherited::adopt(self.descriptor)? {
            Bound::Unix(listener, _) => Bound::Unix(listener, self.path),
            bound => bound,
        })
    }
}
