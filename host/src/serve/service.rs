//! Serves one request: checks, permit, sandbox, response.

use super::admin::Load;
use super::admission::ActiveRequests;
use super::exposure::Exposure;
use super::files::Files;
use super::limits::Limits;
use super::queue::{QueueSlot, stand_in_line};
use super::report::Reports;
use crate::serve::http::batch;
use crate::serve::http::peer::{Busy, Peer};
use crate::serve::http::stream::Stream;
use crate::serve::request::connection_info::ConnectionInfo;
use crate::serve::request::error::RequestError;
use crate::serve::request::lingering_body::LingeringBody;
use crate::serve::request::record::Record;
use crate::serve::request::request_body::RequestBody;
use crate::serve::request::response_body::{GuestBody, ResponseStream, Running};
use crate::serve::request::unsent::UnsentAnswers;
use crate::serve::sandbox::call::{Call, RequestContext};
use crate::serve::sandbox::factory::Factory;
use crate::serve::sandbox::pool::{Admission, Pool};
use crate::serve::sandbox::supervise::Supervised;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Version, header};
use hyper::body::{Body, Incoming};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, RwLock};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

/// The header of `--expose-usage`.
pub const USAGE: HeaderName = HeaderName::from_static("wasgi-usage");
const SERVER: HeaderValue = HeaderValue::from_static("wasgi");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Lives once; shared by all connections.
pub struct Service {
    pool: RwLock<Arc<Pool>>,
    /// Serving threads.
    threads: usize,
    permits: Arc<Semaphore>,
    orphans: Arc<Semaphore>,
    active: Arc<ActiveRequests>,
    pub answers: UnsentAnswers,
    /// Requests without a permit yet.
    waiting: AtomicU32,
    /// Times that the pool was replaced.
    reloads: AtomicU64,
    /// Each HTTP/1 connection ends with its next answer.
    is_leaving: AtomicBool,
    limits: Limits,
    exposure: Exposure,
    files: Files,
    reports: Arc<Reports>,
}

impl Service {
    /// Must be called in the serving runtime.
    pub fn new(factory: Factory, exposure: Exposure, files: Files, reports: Arc<Reports>) -> Self {
        let limits = factory.limits;
        let permits = Arc::new(Semaphore::new(limits.concurrency.get() as usize));
        let orphans = Arc::new(Semaphore::new(limits.orphans()));
        let threads = Handle::current().metrics().num_workers();
        let pool = RwLock::new(Arc::new(Pool::new(factory)));
        let (active, answers) = (Arc::default(), UnsentAnswers::new(&limits));
        Service {
            pool,
            threads,
            permits,
            orphans,
            active,
            answers,
            waiting: AtomicU32::new(0),
            reloads: AtomicU64::new(0),
            is_leaving: AtomicBool::new(false),
            limits,
            exposure,
            files,
            reports,
        }
    }

    /// From the next request on, sandboxes come from this factory.
    pub fn replace(&self, factory: Factory) {
        *self.pool.write().expect("no panic while held") = Arc::new(Pool::new(factory));
        self.reloads.fetch_add(1, Relaxed);
    }

    /// From now on, answers of HTTP/1 say that they are the last one of their connection.
    pub fn leave(&self) {
        self.is_leaving.store(true, Relaxed);
    }

    /// What there is to do just now; it knows of no connections.
    pub fn load(&self) -> Load {
        Load {
            active: self.active.size() as u64,
            reloads: self.reloads.load(Relaxed),
            queued: self.waiting.load(Relaxed).into(),
            prepared: self.pool().prepared() as u64,
            sandboxes: self.limits.concurrency.get().into(),
            queue: self.limits.queue.into(),
            connections: 0,
            connections_limit: 0,
        }
    }

    /// Waits until no sandbox is left.
    pub async fn idle(&self) {
        let _ = self.permits.acquire_many(self.limits.concurrency.get()).await;
    }

    /// Responds to one request; every error becomes a response, too.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        peer: &Peer,
        busy: Busy,
    ) -> Result<Response<GuestBody>, Infallible> {
        let mut request = LingeringBody::of(request, self.limits.body.0);
        let mut origin = ConnectionInfo::of(&request, peer, &self.exposure.script_name);
        let headless = request.method() == Method::HEAD;
        let is_http1 = request.version() < Version::HTTP_2;
        let settled = origin.settle(&mut request, peer, self.exposure.proxies_of(peer));
        let ids = self.exposure.ids(&request, peer);
        let record = Record::new(&request, origin.address, self.limits.memory).reported(&self.reports, &request, ids);
        let record = Arc::new(record);
        Stream::answers(peer, &record);
        let answered = match settled.and_then(|()| self.check(&request)) {
            Ok(()) => {
                if let Some(ids) = record.ids() {
                    ids.put_into(request.headers_mut());
                }
                self.respond(request, origin, peer, &record).await
            }
            Err(error) => Err(error),
        };
        let gone = matches!(answered, Err(RequestError::ClientGone));
        let mut response = answered.unwrap_or_else(|error| {
            record.failed(&error);
            error.response().map(|body| GuestBody::from_host(body, record.clone()))
        });
        if self.exposure.usage {
            let usage = record.usage_header(response.status());
            response.headers_mut().insert(USAGE, usage);
        }
        response.body_mut().keeps(busy);
        if headless {
            response.body_mut().end_with_head();
        }
        // RFC 9110, section 10.2.4. hyper adds the date.
        response.headers_mut().entry(header::SERVER).or_insert(SERVER);
        if is_http1 && self.is_leaving.load(Relaxed) {
            response.headers_mut().insert(header::CONNECTION, CLOSE);
        }
        if !gone {
            record.answered(&response);
        }
        Ok(response)
    }

    /// With a file, or by the application.
    async fn respond(
        &self,
        request: Request<LingeringBody>,
        origin: ConnectionInfo,
        peer: &Peer,
        record: &Arc<Record>,
    ) -> Result<Response<GuestBody>, RequestError> {
        if !self.files.is_empty()
            && let Some(file) = self.files.find(&request).await
        {
            return Ok(file.map(|body| GuestBody::from_file(body, record.clone())));
        }
        origin.check_mount(&request)?;
        self.ask_guest(request, origin, peer, record).await
    }

    async fn ask_guest(
        &self,
        request: Request<LingeringBody>,
        origin: ConnectionInfo,
        peer: &Peer,
        record: &Arc<Record>,
    ) -> Result<Response<GuestBody>, RequestError> {
        // An HTTP/2 write may hold parts of several responses.
        let is_http1 = request.version() < Version::HTTP_2;
        let turn = self.turn().await?;
        stand_in_line().await;
        let over = CancellationToken::new();
        let asked = RequestContext { origin: Arc::new(origin), record: record.clone(), over: over.clone() };
        let (sender, mut answer) = oneshot::channel();
        let request = self.metered_body(request, &asked);
        let guest = self.pool().serve(Call { request, asked, answer: sender }, turn);
        let (line, orphans) = (peer.line.clone(), self.orphans.clone());
        let mut guest = Supervised::new(guest, self.limits.timeout, line, over.clone(), record.clone(), orphans);
        let (answer, outcome) = tokio::select! {
            biased;
            outcome = guest.outcome() => (answer.try_recv().ok(), Some(outcome)),
            answer = &mut answer => (answer.ok(), None),
        };
        if let Some(error) = record.body_error() {
            return Err(error);
        }
        match (answer, outcome) {
            (Some(Ok(response)), None) => {
                let response = response.map(ResponseStream::new);
                let running = Running::new(guest.stream(response.body().clone()), over);
                Ok(self.with_body(response, Some(running), record))
            }
            (Some(Ok(response)), Some(Ok(()))) => {
                if is_http1 && batch::may_wait(self.others()) {
                    peer.line.may_delay();
                } else {
                    batch::send();
                }
                Ok(self.with_body(response.map(ResponseStream::new), None, record))
            }
            // The guest has set the head, but it is not yet on the wire: a clear error is still possible.
            (_, Some(Err(error))) => Err(error),
            (Some(Err(code)), _) => Err(RequestError::Trap(format!("{code:?}"))),
            (None, _) => Err(RequestError::NoResponse),
        }
    }

    /// Refuses what it can before a sandbox is used.
    fn check(&self, request: &Request<LingeringBody>) -> Result<(), RequestError> {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target as u64 > self.limits.target.0 {
            return Err(RequestError::TargetTooLong(self.limits.target));
        }
        if request.body().size_hint().lower() > self.limits.body.0 {
            return Err(RequestError::BodyTooLarge(self.limits.body));
        }
        if request.headers().len() > self.limits.headers as usize {
            return Err(RequestError::TooManyHeaders(self.limits.headers));
        }
        check_headers(request.headers())
    }

    /// Admission to a sandbox, at once or after queueing.
    async fn turn(&self) -> Result<Admission, RequestError> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = QueueSlot::take(&self.waiting, self.limits.queue)?;
                let permit = tokio::time::timeout(self.limits.timeout, self.permits.clone().acquire_owned()).await;
                permit.map_err(|_| RequestError::Busy)?.expect("never closed")
            }
        };
        Ok(Admission::new(permit, self.active.enter()))
    }

    /// Other active or queued requests, as this thread's share.
    fn others(&self) -> usize {
        self.active.size().saturating_sub(1) / self.threads
    }

    fn pool(&self) -> Arc<Pool> {
        self.pool.read().expect("no panic while held").clone()
    }

    fn metered_body(&self, request: Request<LingeringBody>, asked: &RequestContext) -> Request<RequestBody> {
        let Limits { body, body_timeout, .. } = self.limits;
        let (over, record) = (asked.over.clone(), asked.record.clone());
        request.map(|incoming| RequestBody::new(incoming, body, body_timeout, over, record))
    }

    fn with_body(
        &self,
        response: Response<ResponseStream>,
        running: Option<Running>,
        record: &Arc<Record>,
    ) -> Response<GuestBody> {
        response.map(|body| GuestBody::from_guest(body, running, self.limits.response, record.clone()))
    }
}

/// Checks that hyper leaves to the server.
fn check_headers(headers: &HeaderMap) -> Result<(), RequestError> {
    if headers.get_all(header::CONTENT_TYPE).iter().nth(1).is_some() {
        return Err(RequestError::Bad("it has more than one Content-Type"));
    }
    // RFC 9112, section 6.1: "a transfer coding it does not understand SHOULD respond with 501".
    match headers.get(header::TRANSFER_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Err(RequestError::NotImplemented("a transfer coding besides chunked"))
        }
        _ => Ok(()),
    }
}
