//! Files beneath a folder, which no path leaves: neither by `..` nor by symbolic links (openat2(2)).

use crate::grants::directory;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use std::fs::Metadata;
use std::io::{self, ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio::task::spawn_blocking;
use tower_http::services::fs::{Backend, File};

type Eventually<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// The folder's path is resolved anew for each file, as a new release may have taken its place.
#[derive(Clone, Debug)]
pub struct Beneath(pub Arc<Path>);

impl Beneath {
    /// Opens a file or a folder; others, such as a FIFO, are not there.
    fn look(&self, path: &Path) -> io::Result<(std::fs::File, Metadata)> {
        let folder = directory::open(&self.0)?;
        let resolve = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS;
        // Opening a FIFO must not wait for its other end.
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let file = std::fs::File::from(openat2(&folder, path, OpenHow::new().flags(flags).resolve(resolve))?);
        let metadata = file.metadata()?;
        if !metadata.is_file() && !metadata.is_dir() {
            return Err(ErrorKind::NotFound.into());
        }
        Ok((file, metadata))
    }

    fn spawn<T: Send + 'static>(
        &self,
        path: PathBuf,
        what: impl FnOnce((std::fs::File, Metadata)) -> T + Send + 'static,
    ) -> Eventually<'static, T> {
        let folder = self.clone();
        Box::pin(async move { spawn_blocking(move || folder.look(&path).map(what)).await? })
    }
}

impl Backend for Beneath {
    type File = Opened;
    type Metadata = Metadata;
    type OpenFuture = Eventually<'static, Opened>;
    type MetadataFuture = Eventually<'static, Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        self.spawn(path, |(file, metadata)| Opened { file: file.into(), metadata })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        self.spawn(path, |(_, metadata)| metadata)
    }
}

/// A file that is read in the thread pool, as a disk may block.
pub struct Opened {
    file: tokio::fs::File,
    metadata: Metadata,
}

impl File for Opened {
    type Metadata = Metadata;
    type MetadataFuture<'a> = std::future::Ready<io::Result<Metadata>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        std::future::ready(Ok(self.metadata.clone()))
    }
}

impl AsyncRead for Opened {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.file).poll_read(context, buffer)
    }
}

impl AsyncSeek for Opened {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.file).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.file).poll_complete(context)
    }
}
