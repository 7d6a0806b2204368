//! The body of a request, held to its limits.

use super::error::RequestError;
use super::lingering_body::LingeringBody;
use super::record::Record;
use crate::units::Size;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime_wasi_http::Error;

const MALFORMED: RequestError = RequestError::Bad("its body is malformed");

type Polled = Poll<Option<Result<Frame<Bytes>, Error>>>;

/// Read lazily: a body that the application ignores costs nothing. So faults (too long, malformed, too slow) show only
/// while it is read. Then reading fails, which decides the response unless one has begun.
pub struct RequestBody {
    body: LingeringBody,
    /// The limit, and how many bytes of it are left.
    limit: Size,
    left: u64,
    /// For each piece.
    timeout: Duration,
    /// Runs while a piece is awaited.
    waiting: Option<Pin<Box<Sleep>>>,
    over: CancellationToken,
    /// Made at the first wait.
    ended: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    record: Arc<Record>,
}

impl RequestBody {
    /// Reading also fails when the request is `over`.
    pub fn new(
        body: LingeringBody,
        limit: Size,
        timeout: Duration,
        over: CancellationToken,
        record: Arc<Record>,
    ) -> Self {
        RequestBody { body, limit, left: limit.0, timeout, waiting: None, over, ended: None, record }
    }

    /// `seen` is the error that the guest gets.
    fn fail(&self, error: RequestError, seen: Error) -> Polled {
        self.record.body_failed(error);
        Poll::Ready(Some(Err(seen)))
    }

    fn poll_waiting(&mut self, context: &mut Context) -> Polled {
        let over = &self.over;
        let ended = self.ended.get_or_insert_with(|| Box::pin(over.clone().cancelled_owned()));
        if ended.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Error::ConnectionTerminated)));
        }
        let until = Instant::now() + self.timeout;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => self.fail(RequestError::BodyTooSlow(self.timeout), Error::ConnectionReadTimeout),
            Poll::Pending => Poll::Pending,
        }
    }

    fn count(&mut self, frame: Frame<Bytes>) -> Polled {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            None => self.fail(RequestError::BodyTooLarge(self.limit), Error::HttpRequestBodySize(None)),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context) -> Polled {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.waiting = None;
        }
        match polled {
            Poll::Pending => self.poll_waiting(context),
            Poll::Ready(Some(Ok(frame))) => self.count(frame),
            Poll::Ready(Some(Err(error))) if is_malformed(&error) => self.fail(MALFORMED, error.into()),
            Poll::Ready(Some(Err(error))) => {
                self.record.lost_client();
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Tells a malformed body from one that breaks off.
fn is_malformed(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData))
}
