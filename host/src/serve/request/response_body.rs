//! The response body: it streams what the guest writes.

use super::content::{Content, ResponseStream};
use super::error::RequestError;
use super::record::Record;
use crate::serve::compress::accept::Coding;
use crate::serve::compress::coded::{Coded, Polled};
use crate::serve::compress::encoder;
use crate::serve::files::FileBody;
use crate::serve::files::handed::Handed;
use crate::serve::http::peer::Busy;
use crate::serve::http::piece::Piece;
use crate::serve::limits::{ANSWER_CHUNK, CHUNKS_AHEAD};
use crate::units::Size;
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

type Taken = Poll<Option<Result<Frame<Piece>, anyhow::Error>>>;

/// The body that the connection sends. When the connection drops it, the guest learns that no one reads any more.
pub struct GuestBody {
    content: Content,
    /// Set where the content is compressed.
    coded: Option<Box<Coded>>,
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

/// A guest that runs on beside its response.
pub struct Running {
    reader: DropGuard,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Running {
    /// `reader` is dropped with the body. Once `over` is cancelled, the guest's further writes are discarded.
    pub fn new(reader: DropGuard, over: CancellationToken) -> Self {
        Running { reader, over: Box::pin(over.cancelled_owned()) }
    }
}

impl GuestBody {
    /// A response of the guest.
    pub fn from_guest(content: ResponseStream, running: Option<Running>, limit: Size, record: Arc<Record>) -> Self {
        GuestBody { running, limit, ..GuestBody::without_guest(Content::Guest(content), record) }
    }

    /// A response of the host.
    pub fn from_host(content: Full<Bytes>, record: Arc<Record>) -> Self {
        GuestBody::without_guest(Content::Host(content), record)
    }

    /// A file of the host.
    pub fn from_file(content: FileBody, record: Arc<Record>) -> Self {
        GuestBody::without_guest(Content::File(Box::pin(content)), record)
    }

    /// A file that the guest has handed over.
    pub fn from_handed(file: Box<Handed>, record: Arc<Record>) -> Self {
        GuestBody::without_guest(Content::Handed(file), record)
    }

    fn without_guest(content: Content, record: Arc<Record>) -> Self {
        GuestBody {
            content,
            coded: None,
            headless: false,
            running: None,
            behind: None,
            cut: None,
            limit: Size(u64::MAX),
            record,
            busy: None,
        }
    }

    /// Has the content compressed from now on. False if there is no memory for it.
    pub fn encode(&mut self, coding: Coding) -> bool {
        self.coded = Coded::new(coding).ok().map(Box::new);
        if self.coded.is_some() {
            self.record.keeps(encoder::MOST);
        }
        self.coded.is_some()
    }

    /// Takes all that the guest still writes, for nobody: another body is sent in its place.
    pub fn discard(self) {
        let GuestBody { mut content, running: Some(running), .. } = self else { return };
        // It may work on until its deadline.
        running.reader.disarm();
        tokio::spawn(async move { while let Some(Ok(_)) = poll_fn(|context| content.poll(context)).await {} });
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
        let GuestBody { content, coded, record, .. } = self;
        let Some(coded) = coded else { return content.poll(context) };
        coded.poll(context, |context| match content.poll(context) {
            // A coding with its regular end would look whole.
            Poll::Ready(None) if record.is_broken() => Poll::Ready(Some(Err(anyhow::anyhow!("it broke off")))),
            polled => polled,
        })
    }

    fn poll_over(&mut self, context: &mut Context) -> Poll<()> {
        self.running.as_mut().map_or(Poll::Pending, |running| running.over.as_mut().poll(context))
    }

    /// Ends the body with an error, one poll later: on an immediate error hyper would drop unflushed data, and the
    /// client would not even see the head of a response that had begun.
    fn cut_off(&mut self, error: anyhow::Error, context: &mut Context) -> Taken {
        self.record.cut_off();
        (self.content, self.coded) = (Content::Host(Full::default()), None);
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
        if let Some(coded) = &self.coded {
            return coded.is_over();
        }
        // After a cut the content is empty, but this is no regular end.
        self.cut.is_none() && self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.coded.is_some() {
            return SizeHint::default();
        }
        self.content.size_hint()
    }
}
