//! One request to others, from its sending to the end of its response: what it took, and its line in the log.

use super::fault::Fault;
use super::used::Used;
use crate::terminal::console;
use crate::units::Tenths;
use http::Method;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// It is logged when it is dropped.
pub struct Call {
    /// The request in whose sandbox it was made.
    request: Arc<str>,
    method: Method,
    origin: String,
    began: Instant,
    status: Option<u16>,
    bytes: u64,
    outcome: Option<Fault>,
    is_whole: bool,
    pub used: Arc<Used>,
    _place: OwnedSemaphorePermit,
}

impl Call {
    /// `place` is one of those that the sandbox has at the same time.
    pub fn new(
        request: Arc<str>,
        method: Method,
        origin: String,
        used: Arc<Used>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Call {
            request,
            method,
            origin,
            began: Instant::now(),
            status: None,
            bytes: 0,
            outcome: None,
            is_whole: false,
            used,
            _place: place,
        }
    }

    pub fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Counts bytes of the response's body.
    pub fn got(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// The response has come to its end.
    pub fn ended(&mut self) {
        self.is_whole = true;
    }

    pub fn failed(&mut self, fault: &Fault) {
        self.outcome.get_or_insert_with(|| fault.clone());
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Call { request, method, origin, bytes, .. } = self;
        let status = self.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        let outcome = match &self.outcome {
            Some(fault) => fault.to_string(),
            None if self.is_whole => "ok".to_owned(),
            None => "given-up".to_owned(),
        };
        let ms = Tenths::of(u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX), 1000);
        console::line(&format!("{request} out {method} {origin} {status} {bytes} B {ms} ms {outcome}"));
    }
}
