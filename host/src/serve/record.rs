//! What is known of one request, and its one line in the log.

use super::error::RequestError;
use crate::console;
use crate::units::Size;
use http::{Method, StatusCode};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

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
    /// The answer went out whole.
    complete: AtomicBool,
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
            complete: AtomicBool::new(false),
        }
    }

    pub fn status(&self, status: StatusCode) {
        self.status.store(status.as_u16().into(), Ordering::Relaxed);
    }

    pub fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn completed(&self) {
        self.complete.store(true, Ordering::Relaxed);
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
        let ms = self.began.elapsed().as_secs_f64() * 1000.0;
        let peak = Size(self.memory_peak.load(Ordering::Relaxed));
        let cut = if self.complete.load(Ordering::Relaxed) { "" } else { " (cut off)" };
        let denied = if self.was_denied_memory() { ", cap reached" } else { "" };
        console::line(&format!("{} {method} {path} {status} {bytes} B {ms:.1} ms {peak}{denied}{cut}", peer.ip()));
    }
}
