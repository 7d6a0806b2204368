//! The body of a request, held to its limit.

use super::record::Record;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use wasmtime_wasi_http::Error;

/// Lazily read: a request whose application ignores the body costs nothing. A body without a Content-Length shows
/// only while it is read that it is too long; then reading fails, and the answer is 413 unless one has begun.
pub struct RequestBody {
    body: Incoming,
    left: u64,
    record: Arc<Record>,
}

impl RequestBody {
    pub fn new(body: Incoming, limit: u64, record: Arc<Record>) -> Self {
        RequestBody { body, left: limit, record }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context).map_err(Error::from);
        if let Poll::Ready(Some(Ok(data))) = &frame {
            let length = data.data_ref().map_or(0, Bytes::len) as u64;
            let Some(left) = self.left.checked_sub(length) else {
                self.record.body_too_large();
                return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
            };
            self.left = left;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
