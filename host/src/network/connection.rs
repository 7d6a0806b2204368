//! One connection of a sandbox: what it took, and its line in the log.

use crate::budget::Budget;
use crate::terminal::console;
use crate::units::Tenths;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// A socket, and what is told of it. If it was used, it is logged when it is dropped.
pub struct Connection {
    /// The request in whose sandbox it is.
    request: Arc<str>,
    kind: &'static str,
    /// Of the sandbox.
    budget: Arc<Budget>,
    sent: AtomicU64,
    got: AtomicU64,
    used: Mutex<Used>,
    _place: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Used {
    began: Option<Instant>,
    /// To whom: the name that led there, or the address.
    to: String,
    place: Option<SocketAddr>,
    failed: Option<String>,
}

impl Connection {
    pub fn new(request: Arc<str>, kind: &'static str, budget: Arc<Budget>, place: OwnedSemaphorePermit) -> Self {
        Connection {
            request,
            kind,
            budget,
            sent: AtomicU64::new(0),
            got: AtomicU64::new(0),
            used: Mutex::default(),
            _place: place,
        }
    }

    /// It begins; only the first time counts.
    pub fn begins(&self, to: &str, place: SocketAddr) {
        let mut used = self.used.lock().expect("no panic while held");
        if used.began.is_none() {
            *used =
                Used { began: Some(Instant::now()), to: to.to_owned(), place: Some(place), failed: used.failed.take() };
        }
    }

    /// What went wrong first is told.
    pub fn failed(&self, why: &str) {
        self.used.lock().expect("no panic while held").failed.get_or_insert_with(|| why.to_owned());
    }

    /// Counts bytes; whether the sandbox may have them.
    pub fn sends(&self, bytes: usize) -> bool {
        self.takes(&self.sent, bytes)
    }

    /// The same of what came.
    pub fn gets(&self, bytes: usize) -> bool {
        self.takes(&self.got, bytes)
    }

    fn takes(&self, counter: &AtomicU64, bytes: usize) -> bool {
        let is_within = self.budget.take(bytes) == bytes;
        if is_within {
            counter.fetch_add(bytes as u64, Relaxed);
        } else {
            self.failed("--net-bytes");
        }
        is_within
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Used { began, to, place, failed } = self.used.get_mut().expect("no panic while held");
        let (Some(began), Some(place)) = (began, place) else { return };
        let (request, kind, sent, got) = (&self.request, self.kind, self.sent.get_mut(), self.got.get_mut());
        let ms = Tenths::of(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), 1000);
        let outcome = failed.as_deref().unwrap_or("ok");
        console::line(&format!("{request} net {kind} {to} {place} {sent} B out {got} B in {ms} ms {outcome}"));
    }
}
