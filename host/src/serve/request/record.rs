//! The record of one request, and its one line in the log.

use super::error::RequestError;
use super::ids::Ids;
use super::outcome::Outcome;
use super::owner::Owner;
use super::unsent::UnsentAnswers;
use super::usage::Usage;
use crate::interpreter::Site;
use crate::memory::verify;
use crate::serve::files::handed::Handed;
use crate::serve::limits::{ANSWER_CHUNK, CHUNKS_AHEAD};
use crate::serve::report::Finished;
use crate::serve::report::access::Captured;
use crate::terminal::console;
use crate::units::Size;
use http::{HeaderValue, Method, StatusCode};
use http_body::Body;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

/// No Content-Length: the response is whole when its body has ended.
const UNTIL_END: u64 = u64::MAX;

/// Shared by the connection, the sandbox and the body; the last of them to drop it writes the log line.
pub struct Record {
    peer: IpAddr,
    method: Method,
    path: String,
    began: Instant,
    status: AtomicU64,
    bytes: AtomicU64,
    /// The length of the whole response; [`UNTIL_END`] if only its end shows that.
    expected: AtomicU64,
    ended: AtomicBool,
    cpu_us: AtomicU64,
    faults: AtomicU64,
    memory_peak: AtomicU64,
    /// The largest size that the cap refused to grow to; 0 for none.
    memory_denied: AtomicU64,
    /// The limiter's cap.
    memory_cap: Size,
    /// What its guest has handed over.
    handed: Mutex<Option<Box<Handed>>>,
    /// Bytes that the host keeps for its response, beside the response's own.
    kept: AtomicU64,
    /// The fault of the request's body.
    body_error: OnceLock<RequestError>,
    /// The guest ended in a way that its response body does not show.
    broken: AtomicBool,
    /// The guest did not end within its grace period.
    stopped: AtomicBool,
    /// The guest must stop because its deadline has passed.
    late: AtomicBool,
    /// Where its Python code was then.
    site: OnceLock<Site>,
    /// The first failure.
    failure: OnceLock<Outcome>,
    ids: Option<Arc<Ids>>,
    captured: Option<Box<Captured>>,
    /// Where it is reported at its end, if anywhere.
    owner: Option<Arc<Owner>>,
}

impl Record {
    pub fn new<B>(request: &http::Request<B>, peer: IpAddr, memory_cap: Size) -> Self {
        Record {
            peer,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            began: Instant::now(),
            status: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            expected: AtomicU64::new(UNTIL_END),
            ended: AtomicBool::new(false),
            cpu_us: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
            memory_denied: AtomicU64::new(0),
            memory_cap,
            handed: Mutex::default(),
            kept: AtomicU64::new(0),
            body_error: OnceLock::new(),
            broken: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            late: AtomicBool::new(false),
            site: OnceLock::new(),
            failure: OnceLock::new(),
            ids: None,
            captured: None,
            owner: None,
        }
    }

    /// The same for a request that is reported, and may have identifiers.
    pub fn reported<B>(mut self, owner: &Arc<Owner>, request: &http::Request<B>, ids: Option<Arc<Ids>>) -> Self {
        self.captured = owner.reports.access.as_ref().and_then(|access| access.capture(request));
        self.owner = Some(owner.clone());
        self.ids = ids;
        self
    }

    pub fn ids(&self) -> Option<&Arc<Ids>> {
        self.ids.as_ref()
    }

    /// Where its answer counts while it waits for its client.
    pub fn unsent(&self) -> Option<&UnsentAnswers> {
        self.owner.as_ref().map(|owner| &owner.answers)
    }

    /// Whose it is, where several applications run.
    fn application(&self) -> Option<&str> {
        self.owner.as_ref()?.name.as_deref()
    }

    /// What the lines of its request in the log begin with.
    pub fn name(&self) -> String {
        format!("{} {self}", self.peer)
    }

    /// The response's head is on its way.
    pub fn answered(&self, response: &http::Response<impl Body>) {
        let status = response.status();
        self.status.store(status.as_u16().into(), Relaxed);
        // RFC 9112, section 6.3: these responses have no body, whatever their headers say.
        let bodiless = self.method == Method::HEAD || matches!(status.as_u16(), 204 | 304);
        let length = response.headers().get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let length = length.and_then(|length| length.parse().ok()).or(response.body().size_hint().exact());
        let expected = if bodiless { Some(0) } else { length };
        self.expected.store(expected.unwrap_or(UNTIL_END), Relaxed);
        let access = self.owner.as_ref().and_then(|owner| owner.reports.access.as_ref());
        if let Some((access, captured)) = access.zip(self.captured.as_ref()) {
            access.capture_response(captured, response.headers());
        }
    }

    /// Counts bytes of the body; returns the new total.
    pub fn sent(&self, bytes: usize) -> u64 {
        self.bytes.fetch_add(bytes as u64, Relaxed) + bytes as u64
    }

    /// The body came to its regular end.
    pub fn ended(&self) {
        self.ended.store(true, Relaxed);
    }

    /// The body ends too early although the client reads it.
    pub fn cut_off(&self) {
        let _ = self.failure.set(Outcome::CutOff);
    }

    /// The connection broke off.
    pub fn lost_client(&self) {
        let _ = self.failure.set(Outcome::ClientGone);
    }

    pub fn used(&self, usage: Usage) {
        self.cpu_us.fetch_add(usage.cpu_us, Relaxed);
        self.faults.fetch_add(usage.faults, Relaxed);
    }

    /// So far.
    pub fn usage(&self) -> Usage {
        Usage { cpu_us: self.cpu_us.load(Relaxed), faults: self.faults.load(Relaxed) }
    }

    /// Linear memory grew to this many bytes.
    pub fn memory(&self, bytes: usize) {
        self.memory_peak.fetch_max(bytes as u64, Relaxed);
    }

    /// The cap refused to let linear memory grow to this many bytes.
    pub fn deny_memory(&self, bytes: usize) {
        self.memory_denied.fetch_max(bytes as u64, Relaxed);
    }

    pub fn was_denied_memory(&self) -> bool {
        self.memory_denied.load(Relaxed) > 0
    }

    /// Reading the request's body failed: that decides the response, unless one has begun.
    pub fn body_failed(&self, error: RequestError) {
        let _ = self.body_error.set(error);
    }

    pub fn body_error(&self) -> Option<RequestError> {
        self.body_error.get().cloned()
    }

    pub fn broken(&self) {
        self.broken.store(true, Relaxed);
    }

    pub fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }

    /// The guest was dropped while it ran.
    pub fn stopped(&self) {
        self.stopped.store(true, Relaxed);
        self.broken();
    }

    /// The guest must stop because its deadline has passed, not because its client has left.
    pub fn late(&self) {
        self.late.store(true, Relaxed);
    }

    /// Where its Python code was at its deadline, if that is known.
    pub fn was_at(&self, site: Option<Site>) {
        if let Some(site) = site {
            let _ = self.site.set(site);
        }
    }

    /// Why the guest must stop, in one word.
    pub fn end(&self) -> &'static str {
        let end = if self.late.load(Relaxed) { Outcome::Deadline } else { Outcome::ClientGone };
        end.word()
    }

    /// Logs what went wrong, before the request's own line.
    pub fn failed(&self, error: &RequestError) {
        let _ = self.failure.set(error.outcome());
        let site = self.site.get().filter(|_| matches!(error, RequestError::Deadline));
        let site = site.map_or_else(String::new, |site| format!(" {site}"));
        console::failure(&format!("wasgi: {self} {error}{site}"), error.level());
    }

    /// The request's usage so far, as a dictionary of RFC 8941; `status` is the response's.
    pub fn usage_header(&self, status: StatusCode) -> HeaderValue {
        let Record { memory_peak, faults, cpu_us, .. } = self;
        let text = format!(
            "outcome={}, memory={}, faults={}, cpu-us={}, cap-reached=?{}, reset-differences={}",
            self.outcome(status.as_u16().into()).word(),
            memory_peak.load(Relaxed),
            faults.load(Relaxed),
            cpu_us.load(Relaxed),
            u8::from(self.was_denied_memory()),
            verify::differences()
        );
        HeaderValue::try_from(text).expect("only visible characters")
    }

    /// How the request ended.
    fn outcome(&self, status: u64) -> Outcome {
        match self.failure.get() {
            Some(failure) => *failure,
            // The guest responds by itself when it can.
            None if status == 500 && self.was_denied_memory() => Outcome::MemoryCap,
            None if status >= 500 => Outcome::Error,
            None => Outcome::Ok,
        }
    }

    /// The same for a response that did not leave whole.
    fn outcome_when_cut(&self, status: u64) -> Outcome {
        match self.outcome(status) {
            Outcome::Ok | Outcome::Error if self.ended.load(Relaxed) => Outcome::CutOff,
            Outcome::Ok | Outcome::Error => Outcome::ClientGone,
            failure => failure,
        }
    }

    /// Bytes that the host may hold for its response: what the guest may be ahead of the connection, and what is kept.
    pub fn ahead(&self) -> u64 {
        let left = self.expected.load(Relaxed).saturating_sub(self.bytes.load(Relaxed));
        left.min((CHUNKS_AHEAD * ANSWER_CHUNK) as u64) + self.kept.load(Relaxed)
    }

    /// The host keeps this many bytes until the response has gone.
    pub fn keeps(&self, bytes: u64) {
        self.kept.fetch_add(bytes, Relaxed);
    }

    /// The guest hands a file over, in place of an earlier one.
    pub fn hands_over(&self, file: Handed) {
        *self.handed.lock().expect("no panic while held") = Some(Box::new(file));
    }

    /// The file, once.
    pub fn handed(&self) -> Option<Box<Handed>> {
        self.handed.lock().expect("no panic while held").take()
    }

    /// The client was sent all that the head promised.
    pub fn is_whole(&self) -> bool {
        match self.expected.load(Relaxed) {
            UNTIL_END => self.ended.load(Relaxed),
            expected => self.bytes.load(Relaxed) >= expected,
        }
    }

    /// The client left before the response was whole.
    pub fn was_given_up(&self) -> bool {
        !self.is_whole() && matches!(self.failure.get(), None | Some(Outcome::ClientGone))
    }

    /// What the line says beyond figures.
    fn remarks(&self) -> String {
        let mut remarks = match self.memory_denied.load(Relaxed) {
            0 => String::new(),
            denied => format!(", memory cap of {} reached (asked for {})", self.memory_cap, Size(denied)),
        };
        if self.stopped.load(Relaxed) {
            remarks.push_str(", stopped without close()");
        }
        remarks
    }
}

/// Its request, as method and path, its application where several run, and its identifier if it has one.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        self.application().map_or(Ok(()), |name| write!(f, " ({name})"))?;
        self.ids.as_ref().map_or(Ok(()), |ids| write!(f, " [{}]", ids.request()))
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(owner) = self.owner.take() else { return };
        let (status, outcome) = match u16::try_from(self.status.load(Relaxed)).unwrap_or_default() {
            // The client left before a response began.
            0 => (None, Outcome::ClientGone),
            status if self.is_whole() => (Some(status), self.outcome(status.into())),
            status => (Some(status), self.outcome_when_cut(status.into())),
        };
        owner.finish(&Finished {
            application: owner.name.as_deref(),
            peer: self.peer,
            method: &self.method,
            path: &self.path,
            status,
            bytes: self.bytes.load(Relaxed),
            took: self.began.elapsed(),
            usage: self.usage(),
            memory_peak: self.memory_peak.load(Relaxed),
            was_denied_memory: self.was_denied_memory(),
            outcome,
            remarks: self.remarks(),
            site: self.site.get(),
            ids: self.ids.as_deref(),
            captured: self.captured.as_deref(),
        });
    }
}
