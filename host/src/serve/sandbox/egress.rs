//! What a sandbox does beyond answering: requests to others, where they are let out, and the bodies that it makes.

use super::call::RequestContext;
use crate::network::gate::Network;
use crate::outgoing::gate::Outgoing;
use crate::outgoing::sandbox::{Asking, Egress};
use crate::serve::limits::{ANSWER_CHUNK, CHUNKS_AHEAD};
use http::Request;
use hyper::body::Body;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// Whom sandboxes reach, and how.
#[derive(Clone, Default)]
pub struct Out {
    /// By HTTP.
    pub outgoing: Option<Arc<Outgoing>>,
    /// By sockets.
    pub network: Option<Arc<Network>>,
}

impl Out {
    /// Handles of the host's that a sandbox takes for this.
    pub fn handles(&self) -> usize {
        let outgoing = self.outgoing.as_ref().map_or(0, |outgoing| outgoing.handles());
        outgoing + self.network.as_ref().map_or(0, |network| network.handles())
    }

    /// Bytes that the host keeps at most for what a sandbox has on its way, beside handles.
    pub fn most(&self) -> u64 {
        let outgoing = self.outgoing.as_ref().map_or(0, |outgoing| outgoing.most());
        outgoing + self.network.as_ref().map_or(0, |network| network.most())
    }
}

/// Lives for one request.
pub struct Hooks {
    /// The guest has made a body that may be far ahead of whoever takes it. An answer needs that; with further ones a
    /// guest could only hoard.
    is_far_ahead: bool,
    outside: Option<Outside>,
}

/// What a sandbox has whose requests may go to others.
struct Outside {
    egress: Egress,
    asking: Option<Asking>,
    /// The body that was made last may be far ahead.
    is_last: bool,
    /// One that was is gone: another may be.
    is_gone: Arc<AtomicBool>,
}

/// Held by the body of a request to others that may be far ahead.
struct FarAhead(Option<Arc<AtomicBool>>);

impl Drop for FarAhead {
    fn drop(&mut self) {
        if let Some(is_gone) = &self.0 {
            is_gone.store(true, Relaxed);
        }
    }
}

impl Hooks {
    pub fn new(outgoing: Option<Arc<Outgoing>>) -> Self {
        let outside = outgoing.map(|outgoing| Outside {
            egress: Egress::new(outgoing),
            asking: None,
            is_last: false,
            is_gone: Arc::default(),
        });
        Hooks { is_far_ahead: false, outside }
    }

    /// To whom requests may go out.
    pub fn outgoing(&self) -> Option<&Outgoing> {
        self.outside.as_ref().map(|outside| outside.egress.outgoing())
    }

    /// Called when its request is there.
    pub fn belongs_to(&mut self, asked: &RequestContext) {
        if let Some(outside) = &mut self.outside {
            outside.asking = Some(asked.asking());
        }
    }
}

impl Outside {
    /// Of the request's body, which was made last if it has one.
    fn guard(&mut self, body: &WasiBody) -> FarAhead {
        let is_it = !body.is_end_stream() && std::mem::take(&mut self.is_last);
        FarAhead(is_it.then(|| self.is_gone.clone()))
    }
}

type Sent = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let outside = self.outside.as_mut().and_then(|outside| Some((outside.asking.clone()?, outside)));
        let Some((asking, outside)) = outside else {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        };
        let guard = outside.guard(request.body());
        let sent = outside.egress.send(asking, request, options, guard);
        // The connection's task is the pool's.
        Box::new(async move { Ok((sent.await?, Box::new(async { Ok(()) }) as Box<_>)) })
    }

    /// It adds one.
    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        if let Some(outside) = &mut self.outside {
            self.is_far_ahead &= !outside.is_gone.swap(false, Relaxed);
            outside.is_last = !self.is_far_ahead;
        }
        if std::mem::replace(&mut self.is_far_ahead, true) { 1 } else { CHUNKS_AHEAD - 1 }
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        ANSWER_CHUNK
    }
}
