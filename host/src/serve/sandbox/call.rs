//! A request on its way to a sandbox, and what of it stays with the host.

use crate::outgoing::sandbox::Asking;
use crate::serve::request::connection_info::ConnectionInfo;
use crate::serve::request::record::Record;
use crate::serve::request::request_body::RequestBody;
use http::Request;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// The response's head and the channel of its body, as the guest sets them.
pub type Answer = Result<http::Response<HyperOutgoingBody>, ErrorCode>;

/// What the host knows of a request outside its sandbox.
#[derive(Clone)]
pub struct RequestContext {
    pub origin: Arc<ConnectionInfo>,
    pub record: Arc<Record>,
    /// Cancelled when the guest must stop.
    pub over: CancellationToken,
}

impl RequestContext {
    /// Whose requests to others its sandbox sends.
    pub fn asking(&self) -> Asking {
        let RequestContext { record, over, .. } = self;
        Asking { name: record.name().into(), ids: record.ids().cloned(), over: over.clone() }
    }
}

/// A request, on its way to a prepared sandbox.
pub struct Call {
    pub request: Request<RequestBody>,
    pub asked: RequestContext,
    /// Takes the response's head as soon as the guest sets it.
    pub answer: oneshot::Sender<Answer>,
}
