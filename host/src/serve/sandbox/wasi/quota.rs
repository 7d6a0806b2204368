//! `--dir-bytes`: how much a request may write into its granted directories.
//!
//! Every write passes here: these functions replace those of wasmtime-wasi that lengthen a file, and call them within
//! the remaining budget. Beyond it they return `insufficient-space`, which Python sees as OSError with ENOSPC.

use super::granted::Granted;
use crate::budget::Budget;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::types::{ErrorCode, HostDescriptor};
use wasmtime_wasi::p2::{DynOutputStream, FsError, OutputStream, Pollable, StreamError, StreamResult};

/// As wasmtime-wasi links it.
pub const TYPES: &str = "wasi:filesystem/types@0.2.12";

/// The result of a function that the guest calls.
pub type Answered<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// Replaces linked functions.
///
/// # Errors
/// When the linker forbids shadowing, or lacks one of them.
pub fn add_to_linker<T: Granted>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut types = linker.instance(TYPES)?;
    types.func_wrap_async("[method]descriptor.write", |store, (file, bytes, offset)| {
        Box::new(write(store, file, bytes, offset))
    })?;
    types
        .func_wrap_async("[method]descriptor.set-size", |store, (file, size)| Box::new(set_size(store, file, size)))?;
    types.func_wrap(
        "[method]descriptor.write-via-stream",
        |mut store, (file, offset): (Resource<Descriptor>, u64)| {
            let stream = store.data_mut().filesystem().write_via_stream(file, offset);
            limited(store, stream)
        },
    )?;
    types.func_wrap("[method]descriptor.append-via-stream", |mut store, (file,): (Resource<Descriptor>,)| {
        let stream = store.data_mut().filesystem().append_via_stream(file);
        limited(store, stream)
    })
}

async fn write(
    mut store: StoreContextMut<'_, impl Granted>,
    file: Resource<Descriptor>,
    mut bytes: Vec<u8>,
    offset: u64,
) -> Answered<u64> {
    let granted = store.data().written().take(bytes.len());
    if granted < bytes.len().min(1) {
        return answered(Err(ErrorCode::InsufficientSpace.into()));
    }
    bytes.truncate(granted);
    answered(store.data_mut().filesystem().write(file, bytes, offset).await)
}

/// Growth of a file counts as written.
async fn set_size(mut store: StoreContextMut<'_, impl Granted>, file: Resource<Descriptor>, size: u64) -> Answered<()> {
    let before = match store.data_mut().filesystem().stat(Resource::new_borrow(file.rep())).await {
        Ok(stat) => stat.size,
        Err(error) => return answered(Err(error)),
    };
    let more = usize::try_from(size.saturating_sub(before)).unwrap_or(usize::MAX);
    if store.data().written().take(more) < more {
        return answered(Err(ErrorCode::InsufficientSpace.into()));
    }
    answered(store.data_mut().filesystem().set_size(file, size).await)
}

/// Returns an error to the guest unless it is a trap.
pub fn answered<T>(result: Result<T, FsError>) -> Answered<T> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => error.downcast().map(|code| (Err(code),)),
    }
}

/// Puts the budget in front of a stream, if there is one.
fn limited(
    mut store: StoreContextMut<impl Granted>,
    stream: Result<Resource<DynOutputStream>, FsError>,
) -> Answered<Resource<DynOutputStream>> {
    let budget = store.data().written().clone();
    let table = store.data_mut().filesystem().table;
    answered(stream.and_then(|stream| {
        let stream = table.delete(stream)?;
        Ok(table.push(Box::new(Limited { stream, budget }) as DynOutputStream)?)
    }))
}

/// An output stream into a file, within the budget.
struct Limited {
    stream: DynOutputStream,
    budget: Arc<Budget>,
}

impl Limited {
    fn take(&self, bytes: &Bytes) -> StreamResult<()> {
        if self.budget.take(bytes.len()) < bytes.len() {
            let full = io::Error::from_raw_os_error(libc::ENOSPC);
            return Err(StreamError::LastOperationFailed(full.into()));
        }
        Ok(())
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Limited {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes)?;
        self.stream.write(bytes)
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes)?;
        self.stream.blocking_write_and_flush(bytes).await
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.stream.check_write()
    }

    async fn cancel(&mut self) {
        self.stream.cancel().await;
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Limited {
    async fn ready(&mut self) {
        self.stream.ready().await;
    }
}
