//! One request: checks, permit, sandbox, answer.

use super::body::{Guest, GuestBody};
use super::error::RequestError;
use super::limits::Limits;
use super::record::Record;
use super::request_body::RequestBody;
use super::sandbox::{Answer, Factory};
use super::usage::Metered;
use http::{HeaderName, Request, Response, header};
use hyper::body::{Body, Incoming};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, RwLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

const USAGE: HeaderName = HeaderName::from_static("wasgi-usage");

/// Lives once; shared by all connections.
pub struct Service {
    factory: RwLock<Arc<Factory>>,
    permits: Arc<Semaphore>,
    /// Requests without a permit yet.
    waiting: AtomicU32,
    limits: Limits,
    expose_usage: bool,
}

impl Service {
    pub fn new(factory: Factory, expose_usage: bool) -> Self {
        let limits = factory.limits;
        let permits = Arc::new(Semaphore::new(limits.concurrency.get() as usize));
        let factory = RwLock::new(Arc::new(factory));
        Service { factory, permits, waiting: AtomicU32::new(0), limits, expose_usage }
    }

    /// From the next request on, sandboxes come from this factory.
    pub fn replace(&self, factory: Factory) {
        *self.factory.write().expect("no panic while held") = Arc::new(factory);
    }

    /// Waits until no sandbox is left.
    pub async fn idle(&self) {
        let _ = self.permits.acquire_many(self.limits.concurrency.get()).await;
    }

    /// Answers one request; whatever goes wrong becomes an answer, too.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<GuestBody>, Infallible> {
        let record = Arc::new(Record::new(&request, peer, self.limits.memory));
        let mut response = match self.ask_guest(request, &record).await {
            Ok(response) => response,
            Err(error) => {
                record.failed(&error);
                error.response().map(|body| GuestBody::from_host(body, record.clone()))
            }
        };
        if self.expose_usage {
            let usage = record.usage_header(response.status());
            response.headers_mut().insert(USAGE, usage);
        }
        record.answered(&response);
        Ok(response)
    }

    async fn ask_guest(
        &self,
        request: Request<Incoming>,
        record: &Arc<Record>,
    ) -> Result<Response<GuestBody>, RequestError> {
        self.check(&request)?;
        let permit = self.permit().await?;
        let request = request.map(|body| RequestBody::new(body, self.limits.body.0, record.clone()));
        let (sender, mut answer) = oneshot::channel();
        let mut guest = self.guest(request, record.clone(), sender, permit);
        let (answer, guest) = tokio::select! {
            biased;
            outcome = &mut guest => (answer.try_recv().ok(), Err(outcome)),
            answer = &mut answer => (answer.ok(), Ok(guest)),
        };
        if record.has_too_large_body() {
            return Err(RequestError::BodyTooLarge(self.limits.body));
        }
        match (answer, guest) {
            (Some(Ok(response)), Ok(guest)) => Ok(self.with_body(response, Some(guest), record)),
            (Some(Ok(response)), Err(Ok(()))) => Ok(self.with_body(response, None, record)),
            // The head is out of the guest but not yet on the wire: a clear error is still possible.
            (_, Err(Err(error))) => Err(error),
            (Some(Err(code)), _) => Err(RequestError::Trap(format!("{code:?}"))),
            (None, _) => Err(RequestError::NoResponse),
        }
    }

    /// What can be refused before it costs a sandbox.
    fn check(&self, request: &Request<Incoming>) -> Result<(), RequestError> {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target as u64 > self.limits.target.0 {
            return Err(RequestError::TargetTooLong(self.limits.target));
        }
        if request.body().size_hint().lower() > self.limits.body.0 {
            return Err(RequestError::BodyTooLarge(self.limits.body));
        }
        if names_its_host(request) { Ok(()) } else { Err(RequestError::BadHost) }
    }

    /// A place in a sandbox, at once or after waiting for one.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, RequestError> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.waiting, self.limits.queue)?;
        let permit = tokio::time::timeout(self.limits.timeout, self.permits.clone().acquire_owned()).await;
        permit.map(|permit| permit.expect("never closed")).map_err(|_| RequestError::Busy)
    }

    /// The guest's run, holding its permit until it has returned.
    fn guest(
        &self,
        request: Request<RequestBody>,
        record: Arc<Record>,
        answer: oneshot::Sender<Answer>,
        permit: OwnedSemaphorePermit,
    ) -> Guest {
        let factory = self.factory.read().expect("no panic while held").clone();
        let run = {
            let record = record.clone();
            async move {
                let outcome = factory.run(request, record, answer).await;
                drop(permit);
                outcome
            }
        };
        Box::pin(Metered::new(run, record))
    }

    fn with_body(
        &self,
        response: Response<HyperOutgoingBody>,
        guest: Option<Guest>,
        record: &Arc<Record>,
    ) -> Response<GuestBody> {
        response.map(|body| GuestBody::from_guest(body, guest, self.limits.response, record.clone()))
    }
}

/// A place in the queue, given up when dropped: also when the client goes away while it waits.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicU32, queue: u32) -> Result<Self, RequestError> {
        let place = Place(waiting);
        let before = waiting.fetch_add(1, Relaxed);
        if before < queue { Ok(place) } else { Err(RequestError::Busy) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A request must say once whom it is for (RFC 9112, section 3.2).
fn names_its_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok(),
        (None, _) => request.uri().authority().is_some(),
        _ => false,
    }
}
