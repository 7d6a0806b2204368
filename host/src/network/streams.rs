//! The two streams of a connection: counted, and not waited for when the request is over.

use super::connection::Connection;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

/// For the other end to take what was sent before a socket is closed: natively, the kernel goes on with that.
const LINGER: Duration = Duration::from_secs(5);

/// A stream of wasmtime-wasi's.
pub struct Counted<S> {
    pub stream: S,
    pub connection: Arc<Connection>,
    pub over: CancellationToken,
}

fn beyond() -> StreamError {
    StreamError::LastOperationFailed(io::Error::other("more than the limit of --net-bytes").into())
}

impl<S> Counted<S> {
    /// Notes what ends the stream.
    fn noted<T>(&self, result: StreamResult<T>) -> StreamResult<T> {
        if let Err(StreamError::LastOperationFailed(error)) = &result {
            let text: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
            self.connection.failed(&text);
        }
        result
    }
}

impl Counted<DynOutputStream> {
    fn take(&self, bytes: &Bytes) -> StreamResult<()> {
        if self.connection.sends(bytes.len()) { Ok(()) } else { Err(beyond()) }
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for Counted<DynInputStream> {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let read = self.stream.read(size);
        let bytes = self.noted(read)?;
        if self.connection.gets(bytes.len()) { Ok(bytes) } else { Err(beyond()) }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Counted<DynInputStream> {
    async fn ready(&mut self) {
        let _ = self.over.run_until_cancelled(self.stream.ready()).await;
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Counted<DynOutputStream> {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes)?;
        let written = self.stream.write(bytes);
        self.noted(written)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let checked = self.stream.check_write();
        self.noted(checked)
    }

    async fn cancel(&mut self) {
        let _ = self.over.run_until_cancelled(timeout(LINGER, self.stream.cancel())).await;
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Counted<DynOutputStream> {
    async fn ready(&mut self) {
        let _ = self.over.run_until_cancelled(self.stream.ready()).await;
    }
}
