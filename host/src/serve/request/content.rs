//! Where the bytes of a response come from.

use crate::serve::compress::coded::Polled;
use crate::serve::files::FileBody;
use crate::serve::files::handed::Handed;
use bytes::Bytes;
use http_body::{Body, SizeHint};
use http_body_util::Full;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// A response's body, as it is without a coding.
pub enum Content {
    Guest(ResponseStream),
    Host(Full<Bytes>),
    File(Pin<Box<FileBody>>),
    Handed(Box<Handed>),
}

impl Content {
    /// The next frame.
    pub fn poll(&mut self, context: &mut Context) -> Polled {
        match self {
            Content::Guest(stream_of_body) => stream_of_body.poll(context),
            Content::Host(body) => Pin::new(body).poll_frame(context).map_err(anyhow::Error::from),
            Content::File(body) => body.as_mut().poll_frame(context).map_err(anyhow::Error::from),
            Content::Handed(file) => Pin::new(&mut **file).poll_frame(context),
        }
    }

    /// As [`Body::is_end_stream`].
    pub fn is_end_stream(&self) -> bool {
        match self {
            Content::Guest(stream_of_body) => stream_of_body.lock().as_ref().is_some_and(|body| body.is_end_stream()),
            Content::Host(body) => body.is_end_stream(),
            Content::File(body) => body.is_end_stream(),
            Content::Handed(file) => file.is_end_stream(),
        }
    }

    /// As [`Body::size_hint`].
    pub fn size_hint(&self) -> SizeHint {
        match self {
            Content::Guest(stream_of_body) => {
                stream_of_body.lock().as_ref().map_or(SizeHint::default(), |body| body.size_hint())
            }
            Content::Host(body) => body.size_hint(),
            Content::File(body) => body.size_hint(),
            Content::Handed(file) => file.size_hint(),
        }
    }
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
