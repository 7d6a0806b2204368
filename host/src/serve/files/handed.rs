//! A file that a guest has handed over: its host sends the rest of it as the body of the answer, from the descriptor that
//! the guest had open (`wsgi.file_wrapper`; PEP 3333, "Optional Platform-Specific File Handling").

use crate::grants::Grants;
use crate::serve::limits::ANSWER_CHUNK;
use crate::serve::sandbox::wasi::file_stream::FileStream;
use anyhow::anyhow;
use bytes::Bytes;
use http::HeaderName;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::File;
use wasmtime_wasi::p2::StreamError;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

/// The header by which an answer says that its body is the file. The client does not see it.
pub const HEADER: HeaderName = HeaderName::from_static("wasgi-handed-file");

/// A part of a file.
pub struct Handed {
    file: FileStream,
    left: u64,
}

impl Handed {
    /// The part from `offset` on, `length` bytes long.
    ///
    /// # Errors
    /// When the guest may not read the file, or there is no such part.
    pub fn of(file: &File, grants: &Arc<Grants>, offset: u64, length: u64) -> Result<Self, ErrorCode> {
        if !file.open_mode.contains(OpenMode::READ) {
            return Err(ErrorCode::BadDescriptor);
        }
        let metadata = file.file.metadata()?;
        let end = offset.checked_add(length).ok_or(ErrorCode::Overflow)?;
        if !metadata.is_file() || end > metadata.len() {
            return Err(ErrorCode::Invalid);
        }
        Ok(Handed { file: FileStream::new(file.file.clone(), grants.clone(), offset), left: length })
    }
}

impl Body for Handed {
    type Data = Bytes;
    type Error = anyhow::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context,
    ) -> Poll<Option<Result<Frame<Bytes>, anyhow::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(ANSWER_CHUNK);
        let read = ready!(self.file.poll_read(context, wanted)).map_err(|error| match error {
            StreamError::Closed => anyhow!("the file became shorter while it was sent"),
            error => anyhow!("{error:?}"),
        });
        Poll::Ready(Some(read.map(|bytes| {
            self.left -= bytes.len() as u64;
            Frame::data(bytes)
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
