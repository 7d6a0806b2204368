//! The access log: one line for each request, in the form that was asked for.

use super::Finished;
use super::format::Format;
use super::{atoms, json};
use crate::terminal::log::{self, Stream};
use crate::units::{Size, Tenths};
use http::header::{REFERER, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Version};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::OnceLock;

/// Lives once.
pub struct AccessLog {
    format: Format,
    stream: Stream,
    wanted: Wanted,
}

/// What of messages the lines show.
#[derive(Default)]
struct Wanted {
    is_any: bool,
    request: Vec<HeaderName>,
    response: Vec<HeaderName>,
}

/// That of one request.
pub struct Captured {
    pub target: Option<PathAndQuery>,
    pub version: Version,
    request: Vec<(HeaderName, HeaderValue)>,
    response: OnceLock<Vec<(HeaderName, HeaderValue)>>,
}

impl AccessLog {
    pub fn new(format: Format, stream: Stream) -> Self {
        let wanted = match &format {
            Format::Text => Wanted::default(),
            Format::Json => Wanted { is_any: true, request: vec![REFERER, USER_AGENT], response: vec![] },
            Format::Atoms(pieces) => {
                Wanted { is_any: true, request: atoms::of_requests(pieces), response: atoms::of_responses(pieces) }
            }
        };
        AccessLog { format, stream, wanted }
    }

    /// Keeps what the line will show of the request. The usual line shows nothing that the record lacks.
    pub fn capture<B>(&self, request: &Request<B>) -> Option<Box<Captured>> {
        self.wanted.is_any.then(|| {
            Box::new(Captured {
                target: request.uri().path_and_query().cloned(),
                version: request.version(),
                request: found(&self.wanted.request, request.headers()),
                response: OnceLock::new(),
            })
        })
    }

    /// The same of the response.
    pub fn capture_response(&self, captured: &Captured, headers: &HeaderMap) {
        if !self.wanted.response.is_empty() {
            let _ = captured.response.set(found(&self.wanted.response, headers));
        }
    }

    pub fn write(&self, finished: &Finished) {
        let mut line = match &self.format {
            Format::Text => text(finished),
            Format::Json => json::line(finished),
            Format::Atoms(pieces) => atoms::line(pieces, finished),
        };
        line.push('\n');
        log::write(self.stream, line.as_bytes());
    }
}

impl Captured {
    pub fn of_request(&self, name: &HeaderName) -> Option<&HeaderValue> {
        value(&self.request, name)
    }

    pub fn of_response(&self, name: &HeaderName) -> Option<&HeaderValue> {
        value(self.response.get()?, name)
    }
}

fn found(names: &[HeaderName], headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    names.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect()
}

fn value<'a>(captured: &'a [(HeaderName, HeaderValue)], name: &HeaderName) -> Option<&'a HeaderValue> {
    captured.iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// For people.
fn text(finished: &Finished) -> String {
    let Finished { peer, method, bytes, usage, remarks, .. } = finished;
    let status = finished.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let ms = Tenths::of(u64::try_from(finished.took.as_micros()).unwrap_or(u64::MAX), 1000);
    let (cpu_ms, peak) = (Tenths::of(usage.cpu_us, 1000), Size(finished.memory_peak));
    let (path, faults, outcome) = (shown(finished.path), usage.faults, finished.outcome.word());
    let mut line = format!(
        "{peer} {method} {path} {status} {bytes} B {ms} ms {peak} cpu {cpu_ms} ms {faults} faults {outcome}{remarks}"
    );
    if let Some(ids) = finished.ids {
        let _ = write!(line, ", id {}", ids.request());
    }
    if let Some(application) = finished.application {
        let _ = write!(line, ", application {application}");
    }
    line
}

/// Without what could move a terminal's cursor: hyper lets bytes beyond ASCII pass, which the server refuses later.
fn shown(path: &str) -> Cow<'_, str> {
    match path.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => path.into(),
        false => atoms::escaped(path.as_bytes()).into(),
    }
}
