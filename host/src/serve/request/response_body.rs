//! The response body: it streams what the guest writes.

use super::error::RequestError;
use super::record::Record;
use crate::serve::files::FileBody;
use crate::serve::http::peer::Busy;
use crate::serve::http::piece::Piece;
use crate::serve::limits::{ANSWER_CHUNK, CHUNKS_AHEAD};
use crate::units::Size;
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

type Polled = Poll<Option<Result<Frame<Bytes>, anyhow::Error>>>;
type Taken = Poll<Option<Result<Frame<Piece>, anyhow::Error>>>;

/// The body that the connection sends. When the connection drops it, the guest learns that no one reads any more.
pub struct GuestBody {
    content: Content,
    /// Only the head goes out.
    headless: bool,
    /// Set while the guest still runs.
    running: Option<Running>,
    /// The frame after a piece that could not join it.
    behind: Option<Polled>,
    /// Ends the body at the next poll, after everything sent before had its chance to leave.
    cut: Option<anyhow::Error>,
    /// The most bytes to send.
    limit: Size,
    record: Arc<Record>,
    busy: Option<Busy>,
}

enum Content {
    Guest(ResponseStream),
    Host(Full<Bytes>),
    File(Pin<Box<FileBody>>),
}

/// The channel that the guest writes to. It can be closed from outside, because the connection may not poll for long,
/// and a guest that must stop has to notice all the same.
#[derive(Clone)]
pub struct ResponseStream(Arc<Mutex<Option<HyperOutgoingBody>>>);

impl ResponseStream {
    pub fn new(body: HyperOutgoingBody) -> Self {
        ResponseStream(Arc::new(Mutex::new(Some(body))))
    }

    /// Makes the guest's writes fail from now on.
    pub fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<HyperOutgoingBody>> {
        self.0.lock().expect("no panic while held")
    }

    fn poll(&self, context: &mut Context) -> Polled {
        match &mut *self.lock() {
            Some(body) => Pin::new(body).poll_frame(context).map_err(anyhow::Error::from),
            None => Poll::Ready(Some(Err(anyhow::anyhow!("it was stopped")))),
        }
    }
}

/// A guest that runs on beside its response.
pub struct Running {
    _reader: DropGuard,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Running {
    /// `reader` is dropped with the body. Once `over` is cancelled, the guest's further writes are discarded.
    pub fn new(reader: DropGuard, over: CancellationToken) -> Self {
        Running { _reader: reader, over: Box::pin(over.cancelled_owned()) }
    }
}

impl GuestBody {
    /// A response of the guest.
    pub fn from_guest(content: ResponseStream, running: Option<Running>, limit: Size, record: Arc<Record>) -> Self {
        let content = Content::Guest(content);
        GuestBody { content, headless: false, running, behind: None, cut: None, limit, record, busy: None }
    }

    /// A response of the host.
    pub fn from_host(content: Full<Bytes>, record: Arc<Record>) -> Self {
        GuestBody::without_guest(Content::Host(content), record)
    }

    /// A file of the host.
    pub fn from_file(content: FileBody, record: Arc<Record>) -> Self {
        GuestBody::without_guest(Content::File(Box::pin(content)), record)
    }

    fn without_guest(content: Content, record: Arc<Record>) -> Self {
        let limit = Size(u64::MAX);
        GuestBody { content, headless: false, running: None, behind: None, cut: None, limit, record, busy: None }
    }

    /// The request is in progress until this is dropped.
    pub fn keeps(&mut self, busy: Busy) {
        self.busy = Some(busy);
    }

    /// The response to HEAD. hyper omits the body in HTTP/1 by itself; in HTTP/2 it would send it.
    pub fn end_with_head(&mut self) {
        self.headless = true;
    }

    fn poll_content(&mut self, context: &mut Context) -> Polled {
        if let Some(behind) = self.behind.take() {
            return behind;
        }
        match &mut self.content {
            Content::Guest(stream_of_body) => stream_of_body.poll(context),
            Content::Host(body) => Pin::new(body).poll_frame(context).map_err(anyhow::Error::from),
            Content::File(body) => body.as_mut().poll_frame(context).map_err(anyhow::Error::from),
        }
    }

    fn poll_over(&mut self, context: &mut Context) -> Poll<()> {
        self.running.as_mut().map_or(Poll::Pending, |running| running.over.as_mut().poll(context))
    }

    /// Ends the body with an error, one poll later: on an immediate error hyper would drop unflushed data, and the
    /// client would not even see the head of a response that had begun.
    fn cut_off(&mut self, error: anyhow::Error, context: &mut Context) -> Taken {
        self.record.cut_off();
        self.content = Content::Host(Full::default());
        self.cut = Some(error);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Joins a frame with the ready rest of its block: a full chunk is part of one.
    fn piece(&mut self, frame: Frame<Bytes>, context: &mut Context) -> Frame<Piece> {
        let mut frame = frame.map_data(Piece::new);
        let Some(piece) = frame.data_mut().filter(|piece| piece.may_grow()) else { return frame };
        let mut last = piece.remaining();
        while last == ANSWER_CHUNK && piece.remaining() < CHUNKS_AHEAD * ANSWER_CHUNK {
            match self.poll_content(context) {
                Poll::Ready(Some(Ok(more))) if more.is_data() => {
                    let more = more.into_data().unwrap_or_default();
                    if let Err(error) = self.count(more.len()) {
                        self.behind = Some(Poll::Ready(Some(Err(error.into()))));
                        break;
                    }
                    last = more.len();
                    piece.push(more);
                }
                Poll::Pending => break,
                other => {
                    self.behind = Some(other);
                    break;
                }
            }
        }
        frame
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
    type Data = Piece;
    type Error = anyhow::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context) -> Taken {
        if let Some(error) = self.cut.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match self.poll_content(context) {
            Poll::Ready(Some(Ok(frame))) => match self.count(frame.data_ref().map_or(0, Bytes::len)) {
                Ok(()) => Poll::Ready(Some(Ok(self.piece(frame, context)))),
                Err(error) => self.cut_off(error.into(), context),
            },
            Poll::Ready(Some(Err(error))) => self.cut_off(error, context),
            // The channel alone would make a stopped guest look like one that returned.
            Poll::Ready(None) if self.record.is_broken() => self.cut_off(anyhow::anyhow!("it broke off"), context),
            Poll::Ready(None) => {
                self.record.ended();
                Poll::Ready(None)
            }
            Poll::Pending => match self.poll_over(context) {
                Poll::Ready(()) => self.cut_off(anyhow::anyhow!("it was stopped"), context),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        if self.headless {
            return true;
        }
        match &self.content {
            Content::Guest(stream_of_body) => stream_of_body.lock().as_ref().is_some_and(|body| body.is_end_stream()),
            // After a cut the content is empty, but this is no regular end.
            Content::Host(body) => self.cut.is_none() && body.is_end_stream(),
            Content::File(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Guest(stream_of_body) => {
                stream_of_body.lock().as_ref().map_or(SizeHint::default(), |body| body.size_hint())
            }
            Content::Host(body) => body.size_hint(),
            Content::File(body) => body.size_hint(),
        }
    }
}
