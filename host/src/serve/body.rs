//! The body of an answer: what the guest writes, and the guest itself while it still runs.

use super::error::RequestError;
use super::record::Record;
use crate::units::Size;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// A guest's run, from the request's arrival to the guest's return.
pub type Guest = Pin<Box<dyn Future<Output = Result<(), RequestError>> + Send>>;

/// The connection polls the body, and the body polls the guest: no task is spawned, nothing is handed over between
/// threads, and a guest whose client reads slowly runs slowly.
pub struct GuestBody {
    content: Content,
    /// The guest, until it has returned.
    guest: Option<Guest>,
    /// The guest has failed: the body is cut off behind what it still holds.
    failure: Option<anyhow::Error>,
    /// All that was sent has had its chance to leave: the next poll ends the body with this.
    cut: Option<anyhow::Error>,
    /// The most bytes that go out.
    limit: Size,
    record: Arc<Record>,
}

enum Content {
    Guest(HyperOutgoingBody),
    Host(Full<Bytes>),
}

impl GuestBody {
    /// An answer of the guest's; `guest` is given when it has not returned yet.
    pub fn from_guest(content: HyperOutgoingBody, guest: Option<Guest>, limit: Size, record: Arc<Record>) -> Self {
        GuestBody { content: Content::Guest(content), guest, failure: None, cut: None, limit, record }
    }

    /// An answer of the host's own.
    pub fn from_host(content: Full<Bytes>, record: Arc<Record>) -> Self {
        let limit = Size(u64::MAX);
        GuestBody { content: Content::Host(content), guest: None, failure: None, cut: None, limit, record }
    }

    /// Lets the guest run on. When it fails, the body is cut off: its channel alone would look like a regular end.
    fn poll_guest(&mut self, context: &mut Context) {
        let Some(guest) = &mut self.guest else { return };
        if let Poll::Ready(outcome) = guest.as_mut().poll(context) {
            self.guest = None;
            if let Err(error) = outcome {
                self.record.failed(&error);
                self.failure = Some(error.into());
            }
        }
    }

    fn poll_content(&mut self, context: &mut Context) -> Poll<Option<Result<Frame<Bytes>, anyhow::Error>>> {
        match &mut self.content {
            Content::Guest(body) => Pin::new(body).poll_frame(context).map_err(anyhow::Error::from),
            Content::Host(body) => Pin::new(body).poll_frame(context).map_err(anyhow::Error::from),
        }
    }

    /// Ends the body with an error, one poll later: with the error at once, hyper would drop what it has not flushed,
    /// and the client would not even see the head of an answer that had begun.
    fn cut_off(
        &mut self,
        error: anyhow::Error,
        context: &mut Context,
    ) -> Poll<Option<Result<Frame<Bytes>, anyhow::Error>>> {
        self.record.cut_off();
        self.cut = Some(error);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn count(&self, bytes: usize) -> Result<(), RequestError> {
        if self.record.sent(bytes) <= self.limit.0 {
            return Ok(());
        }
        let error = RequestError::ResponseTooLarge(self.limit);
        self.record.failed(&error);
        Err(error)
    }
}

impl Body for GuestBody {
    type Data = Bytes;
    type Error = anyhow::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context,
    ) -> Poll<Option<Result<Frame<Bytes>, anyhow::Error>>> {
        if let Some(error) = self.cut.take() {
            return Poll::Ready(Some(Err(error)));
        }
        self.poll_guest(context);
        match self.poll_content(context) {
            Poll::Ready(Some(Ok(frame))) => match self.count(frame.data_ref().map_or(0, Bytes::len)) {
                Ok(()) => Poll::Ready(Some(Ok(frame))),
                Err(error) => self.cut_off(error.into(), context),
            },
            Poll::Ready(Some(Err(error))) => self.cut_off(error, context),
            ended_or_pending => {
                if let Some(error) = self.failure.take() {
                    return self.cut_off(error, context);
                }
                if ended_or_pending.is_ready() {
                    self.record.ended();
                }
                ended_or_pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Guest(body) => body.is_end_stream(),
            Content::Host(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Guest(body) => body.size_hint(),
            Content::Host(body) => body.size_hint(),
        }
    }
}

impl Drop for GuestBody {
    /// The connection drops the body at its end, at once for HEAD, and when the client goes away. A guest that has
    /// not returned by then runs on to its deadline: its next write fails, and it closes what it opened.
    fn drop(&mut self) {
        let Some(guest) = self.guest.take() else { return };
        self.content = Content::Host(Full::default());
        let record = self.record.clone();
        tokio::spawn(async move {
            if let Err(error) = guest.await {
                record.failed(&error);
            }
        });
    }
}
