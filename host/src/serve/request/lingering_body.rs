//! A request body as it comes from the connection. The host drains what the application leaves unread.

use bytes::Bytes;
use http::{HeaderMap, Request, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long to drain a body after the response, as nginx does (`lingering_timeout`).
const LINGER: Duration = Duration::from_secs(5);

/// Dropped before its end, the body is drained, within limits. Most clients send the whole body before they read the
/// response: closing the connection early would hide it from them (RFC 9112, section 9.6).
pub struct LingeringBody {
    /// None when dropped, or if there is no body.
    body: Option<Incoming>,
    /// The most bytes to drain.
    most: u64,
    /// The client waits for `100 Continue`, which reading would send.
    waits: bool,
}

impl LingeringBody {
    /// Takes the body of a request, of which at most `most` bytes are drained.
    pub fn of(request: Request<Incoming>, most: u64) -> Request<Self> {
        // HTTP/2 resets the stream of an unread body instead.
        let most = if request.version() < Version::HTTP_2 { most } else { 0 };
        let waits = expects_continue(request.headers());
        request.map(|body| LingeringBody { body: Some(body), most, waits })
    }

    /// An empty body, without a connection.
    pub fn nothing() -> Self {
        LingeringBody { body: None, most: 0, waits: false }
    }
}

fn expects_continue(headers: &HeaderMap) -> bool {
    headers.get(header::EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

impl Body for LingeringBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for LingeringBody {
    fn drop(&mut self) {
        if self.waits || self.most == 0 || self.is_end_stream() {
            return;
        }
        if let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(LINGER, drain(body, self.most)));
        }
    }
}

async fn drain(mut body: Incoming, most: u64) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len) as u64;
        if read > most {
            return;
        }
    }
}
