//! What is known of one request, and its one line in the log.

use super::error::RequestError;
use crate::console;
use crate::units::Size;
use http::Method;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// No Content-Length: the answer is whole when its body has ended.
const UNTIL_END: u64 = u64::MAX;

/// Shared by the front, the sandbox and the body; the log line is written when the last of them lets go.
pub struct Record {
    peer: SocketAddr,
    method: Method,
    path: String,
    began: Instant,
    status: AtomicU64,
    bytes: AtomicU64,
    memory_peak: AtomicU64,
    memory_denied: AtomicBool,
    /// How many bytes make the answer whole; [`UNTIL_END`] when only its end tells.
    expected: AtomicU64,
    ended: AtomicBool,
}

impl Record {
    pub fn new<B>(request: &http::Request<B>, peer: SocketAddr) -> Self {
        Record {
            peer,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            began: Instant::now(),
            status: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
            memory_denied: AtomicBool::new(false),
            expected: AtomicU64::new(UNTIL_END),
            ended: AtomicBool::new(false),
        }
    }

    /// The head of the answer is on its way.
    pub fn answered<B>(&self, response: &http::Response<B>) {
        let status = response.status();
        self.status.store(status.as_u16().into(), Ordering::Relaxed);
        // RFC 9112, section 6.3: these have no body, whatever their headers say.
        let bodiless = self.method == Method::HEAD || matches!(status.as_u16(), 204 | 304);
        let length = response.headers().get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let expected = if bodiless { Some(0) } else { length.and_then(|length| length.parse().ok()) };
        self.expected.store(expected.unwrap_or(UNTIL_END), Ordering::Relaxed);
    }

    pub fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The body came to its regular end.
    pub fn ended(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Linear memory grew to this many bytes.
    pub fn memory(&self, bytes: usize) {
        self.memory_peak.fetch_max(bytes as u64, Ordering::Relaxed);
    }

    /// The cap refused a growth.
    pub fn deny_memory(&self) {
        self.memory_denied.store(true, Ordering::Relaxed);
    }

    pub fn was_denied_memory(&self) -> bool {
        self.memory_denied.load(Ordering::Relaxed)
    }

    /// Says what went wrong, before the request's own line.
    pub fn failed(&self, error: &RequestError) {
        console::line(&format!("wasgi: {} {} {error}", self.method, self.path));
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Record { peer, method, path, .. } = &*self;
        let status = match self.status.load(Ordering::Relaxed) {
            0 => "---".to_owned(),
            status => status.to_string(),
        };
        let bytes = self.bytes.load(Ordering::Relaxed);
        let whole = self.ended.load(Ordering::Relaxed) || bytes >= self.expected.load(Ordering::Relaxed);
        let ms = self.began.elapsed().as_secs_f64() * 1000.0;
        let peak = Size(self.memory_peak.load(Ordering::Relaxed));
        let cut = if whole { "" } else { " (cut off)" };
        let denied = if self.was_denied_memory() { ", cap reached" } else { "" };
        console::line(&format!("{} {method} {path} {status} {bytes} B {ms:.1} ms {peak}{denied}{cut}", peer.ip()));
    }
}
