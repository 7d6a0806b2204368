//! Serves one request of an application: checks, permit, sandbox, response.

use super::admin::Load;
use super::answered::{Answered, Arrived};
use super::compress::accept::Coding;
use super::compress::answer::compress;
use super::files::handed;
use super::files::{Asked, Files};
use super::lasting::Lasting;
use super::limits::Limits;
use super::queue::stand_in_line;
use super::setup::Setup;
use crate::serve::http::batch;
use crate::serve::http::peer::{Busy, Peer};
use crate::serve::http::stream::Stream;
use crate::serve::request::checks;
use crate::serve::request::connection_info::{ConnectionInfo, is_below};
use crate::serve::request::content::ResponseStream;
use crate::serve::request::error::RequestError;
use crate::serve::request::lingering_body::LingeringBody;
use crate::serve::request::record::Record;
use crate::serve::request::request_body::RequestBody;
use crate::serve::request::response_body::{GuestBody, Running};
use crate::serve::sandbox::call::{Call, RequestContext};
use crate::serve::sandbox::factory::Factory;
use crate::serve::sandbox::pool::Pool;
use crate::serve::sandbox::supervise::Supervised;
use http::{HeaderName, Method, Request, Response, Version, header};
use hyper::body::Body;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The header of `--expose-usage`.
pub const USAGE: HeaderName = HeaderName::from_static("wasgi-usage");

/// An application as it is served now. An exchange makes another one, which has its lasting part.
#[derive(Clone)]
pub struct Service {
    pool: Arc<Pool>,
    /// Serving threads.
    threads: usize,
    pub lasting: Arc<Lasting>,
    pub limits: Limits,
    /// Bytes: the most memory of this machine that its requests take.
    pub most: u64,
    /// Where it is mounted, if not at the root.
    script_name: Option<Arc<str>>,
    /// The usage goes into a response header.
    exposes_usage: bool,
    /// Answers are compressed.
    compresses: bool,
    files: Files,
    /// Guests can hand files over.
    takes_files: bool,
}

impl Service {
    /// Must be called in the serving runtime.
    pub fn new(setup: &Setup, factory: Factory, most: u64, lasting: Arc<Lasting>) -> Self {
        Service {
            limits: factory.limits,
            takes_files: factory.takes_files(),
            pool: Arc::new(Pool::new(factory)),
            threads: Handle::current().metrics().num_workers(),
            lasting,
            most,
            script_name: Some(setup.script_name.clone()).filter(|name| !name.is_empty()),
            exposes_usage: setup.exposes_usage,
            compresses: setup.compresses,
            files: setup.files.clone(),
        }
    }

    /// The same with sandboxes of this factory.
    pub fn with(&self, factory: Factory) -> Self {
        Service { pool: Arc::new(Pool::new(factory)), ..self.clone() }
    }

    pub fn name(&self) -> Option<&Arc<str>> {
        self.lasting.owner.name.as_ref()
    }

    /// What there is to do just now.
    pub fn load(&self) -> Load {
        Load {
            application: self.name().cloned(),
            active: self.lasting.running(),
            reloads: self.lasting.reloads.load(Relaxed),
            is_stale: self.lasting.is_stale.load(Relaxed),
            queued: self.lasting.queued(),
            prepared: self.pool.prepared() as u64,
            sandboxes: self.limits.concurrency.get().into(),
            queue: self.limits.queue.into(),
        }
    }

    /// Responds to one request, unless something was wrong with it before; every error becomes a response, too.
    pub async fn answer(
        &self,
        arrived: Arrived,
        wrong: Option<RequestError>,
        peer: &Peer,
        busy: Busy,
    ) -> Response<GuestBody> {
        let Arrived { request, mut origin, ids } = arrived;
        let mut request = LingeringBody::of(request, self.limits.body.0);
        origin.script_name = self.script_name.clone();
        let record = Record::new(&request, origin.address, self.limits.memory);
        let record = Arc::new(record.reported(&self.lasting.owner, &request, ids));
        Stream::answers(peer, &record);
        let headless = request.method() == Method::HEAD;
        let wants = self.compresses && !headless;
        let coding = if wants { Coding::of_request(request.headers()) } else { None };
        let answered = match wrong.map_or_else(|| checks::check(&request, &self.limits), Err) {
            Ok(()) => {
                if let Some(ids) = record.ids() {
                    ids.put_into(request.headers_mut());
                }
                self.respond(request, origin, peer, &record).await
            }
            Err(error) => Err(error),
        };
        let mut answered = Answered::of(answered, &record);
        if self.exposes_usage {
            let usage = record.usage_header(answered.response.status());
            answered.response.headers_mut().insert(USAGE, usage);
        }
        if self.compresses {
            compress(&mut answered.response, coding);
        }
        answered.finish(headless, busy, &record)
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
        if !self.script_name.as_ref().is_none_or(|name| is_below(name, &request)) {
            return Err(RequestError::NotMounted);
        }
        let asked = self.files.sendfile.asked(&request);
        let mut response = self.ask_guest(request, origin, peer, record).await?;
        if self.takes_files && response.headers_mut().remove(handed::HEADER).is_some() {
            response = with_handed(response, record);
        }
        match asked {
            Some(asked) => self.send_file(response, &asked, record).await,
            None => Ok(response),
        }
    }

    /// The file that a response names, if it does.
    async fn send_file(
        &self,
        response: Response<GuestBody>,
        asked: &Asked,
        record: &Arc<Record>,
    ) -> Result<Response<GuestBody>, RequestError> {
        let (mut head, body) = response.into_parts();
        match self.files.sendfile.find(&mut head.headers, asked).await {
            Ok(None) => Ok(Response::from_parts(head, body)),
            Ok(Some(file)) => {
                body.discard();
                Ok(file.map(|body| GuestBody::from_file(body, record.clone())))
            }
            Err(error) => {
                body.discard();
                Err(error)
            }
        }
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
        let turn = self.lasting.turn(&self.limits).await?;
        stand_in_line().await;
        let over = CancellationToken::new();
        let asked = RequestContext { origin: Arc::new(origin), record: record.clone(), over: over.clone() };
        let (sender, mut answer) = oneshot::channel();
        let request = self.metered_body(request, &asked);
        let guest = self.pool.clone().serve(Call { request, asked, answer: sender }, turn);
        let (line, orphans) = (peer.line.clone(), self.lasting.orphans());
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

    /// Other active or queued requests, as this thread's share.
    fn others(&self) -> usize {
        self.lasting.active.size().saturating_sub(1) / self.threads
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

/// The response with the file that its guest has handed over.
fn with_handed(response: Response<GuestBody>, record: &Arc<Record>) -> Response<GuestBody> {
    let Some(file) = record.handed() else { return response };
    let (mut head, body) = response.into_parts();
    body.discard();
    head.headers.insert(header::CONTENT_LENGTH, file.size_hint().lower().into());
    Response::from_parts(head, GuestBody::from_handed(file, record.clone()))
}
