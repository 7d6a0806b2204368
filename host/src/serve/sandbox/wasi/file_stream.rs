//! A file as an input stream: read at once where the kernel has it cached, in the thread pool otherwise.

use crate::grants::Grants;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn_blocking};

/// The most that one call reads, as in wasmtime-wasi.
pub const MOST_READ: usize = 64 << 10;

/// What a guest's poll reads ahead.
const READ_AHEAD: usize = 4096;

pub struct FileStream {
    file: Arc<File>,
    grants: Arc<Grants>,
    position: u64,
    next: Next,
}

enum Next {
    Unread,
    Coming(AbortOnDropJoinHandle<io::Result<Bytes>>),
    Read(io::Result<Bytes>),
    /// At its end, or after an error was returned.
    Over,
}

impl FileStream {
    pub fn new(file: Arc<File>, grants: Arc<Grants>, position: u64) -> Self {
        FileStream { file, grants, position, next: Next::Unread }
    }

    /// Starts a read, if none has started.
    fn begin(&mut self, length: usize) {
        if !matches!(self.next, Next::Unread) {
            return;
        }
        let (length, position) = (length.min(MOST_READ), self.position);
        self.next = match self.grants.mounts().read(&self.file, length, position) {
            Some(bytes) => Next::Read(Ok(bytes.into())),
            None => {
                let file = self.file.clone();
                Next::Coming(spawn_blocking(move || read(&file, length, position)))
            }
        };
    }

    /// The next bytes, for who polls. `length` is not 0.
    pub fn poll_read(&mut self, context: &mut Context, length: usize) -> Poll<StreamResult<Bytes>> {
        self.begin(length);
        if let Next::Coming(task) = &mut self.next {
            self.next = Next::Read(ready!(Pin::new(task).poll(context)));
        }
        Poll::Ready(self.take(length))
    }

    async fn come(&mut self) {
        if let Next::Coming(task) = &mut self.next {
            self.next = Next::Read(task.await);
        }
    }

    /// At most `length` bytes of what has been read.
    fn take(&mut self, length: usize) -> StreamResult<Bytes> {
        match mem::replace(&mut self.next, Next::Over) {
            Next::Read(Ok(mut bytes)) if !bytes.is_empty() => {
                let part = bytes.split_to(length.min(bytes.len()));
                self.position += part.len() as u64;
                self.next = if bytes.is_empty() { Next::Unread } else { Next::Read(Ok(bytes)) };
                Ok(part)
            }
            Next::Read(Err(error)) => Err(StreamError::LastOperationFailed(error.into())),
            Next::Read(Ok(_)) | Next::Over => Err(StreamError::Closed),
            waiting @ (Next::Unread | Next::Coming(_)) => {
                self.next = waiting;
                Ok(Bytes::new())
            }
        }
    }
}

fn read(file: &File, length: usize, position: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; length];
    loop {
        match file.read_at(&mut bytes, position) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => {
                bytes.truncate(read?);
                return Ok(bytes.into());
            }
        }
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for FileStream {
    fn read(&mut self, length: usize) -> StreamResult<Bytes> {
        if length > 0 {
            self.begin(length);
        }
        self.take(length)
    }

    async fn blocking_read(&mut self, length: usize) -> StreamResult<Bytes> {
        if length > 0 {
            self.begin(length);
        }
        self.come().await;
        self.take(length)
    }

    /// Waits for a read that a thread has started: otherwise a guest could occupy any number of threads.
    async fn cancel(&mut self) {
        if let Next::Coming(task) = mem::replace(&mut self.next, Next::Over) {
            task.cancel().await;
        }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for FileStream {
    async fn ready(&mut self) {
        self.begin(READ_AHEAD);
        self.come().await;
    }
}
