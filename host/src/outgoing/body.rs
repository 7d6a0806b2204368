//! Bodies on their way to others and back: counted, and not waited for without end.

use super::call::Call;
use super::fault::{self, Code, Fault};
use super::used::Used;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime_wasi_http::{Error, WasiBody};

/// What is sent.
pub struct Sent<G> {
    pub body: WasiBody,
    pub used: Arc<Used>,
    /// Let go of when the body is.
    pub _guard: G,
}

impl<G: Unpin> Body for Sent<G> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && !self.used.takes(frame.data_ref().map_or(0, Bytes::len))
        {
            return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What comes back.
pub struct Got {
    body: Option<Incoming>,
    call: Call,
    patience: Duration,
    until: Pin<Box<Sleep>>,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Got {
    pub fn new(body: Incoming, call: Call, patience: Duration, over: CancellationToken) -> Self {
        let (until, over) = (Box::pin(sleep(patience)), Box::pin(over.cancelled_owned()));
        Got { body: Some(body), call, patience, until, over }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.call.got(length);
                if !self.call.used.takes(length) {
                    return Poll::Ready(Some(Err(Code::TooLarge.because("--http-bytes"))));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                let fault = fault::of_http(&error);
                let code = if fault.code == Code::Terminated { Code::Incomplete } else { fault.code };
                Poll::Ready(Some(Err(code.because(error))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.poll_end(context),
        }
    }

    /// While nothing comes.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        if self.over.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Code::Terminated.because("the request is over"))));
        }
        ready!(self.until.as_mut().poll(context));
        Poll::Ready(Some(Err(Code::ReadTimeout.into())))
    }
}

impl Body for Got {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match ready!(self.poll(context)) {
            Some(Ok(frame)) => {
                let until = Instant::now() + self.patience;
                self.until.as_mut().reset(until);
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(fault)) => {
                self.call.failed(&fault);
                // The connection goes with it.
                self.body = None;
                Poll::Ready(Some(Err(fault.into())))
            }
            None => {
                self.call.ended();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}

impl Drop for Got {
    fn drop(&mut self) {
        if self.body.as_ref().is_some_and(Incoming::is_end_stream) {
            self.call.ended();
        }
    }
}
