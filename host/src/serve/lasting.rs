//! What an application keeps when it is exchanged: how many of its requests may run and wait, so that those of its old
//! and its new form stay within the limits together, and what was counted.

use super::admission::ActiveRequests;
use super::limits::Limits;
use super::queue::QueueSlot;
use crate::serve::request::error::RequestError;
use crate::serve::request::owner::Owner;
use crate::serve::sandbox::pool::Admission;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use tokio::sync::Semaphore;

pub struct Lasting {
    pub owner: Arc<Owner>,
    sandboxes: Permits,
    /// For guests whose clients have left.
    orphans: Permits,
    /// Of all applications.
    pub active: Arc<ActiveRequests>,
    /// Requests without a permit yet.
    waiting: AtomicU32,
    /// Times that it was exchanged.
    pub reloads: AtomicU64,
    /// Its last exchange was refused.
    pub is_stale: AtomicBool,
}

impl Lasting {
    pub fn new(owner: Owner, limits: &Limits, active: Arc<ActiveRequests>) -> Self {
        Lasting {
            owner: Arc::new(owner),
            sandboxes: Permits::new(limits.concurrency.get()),
            orphans: Permits::new(limits.orphans() as u32),
            active,
            waiting: AtomicU32::new(0),
            reloads: AtomicU64::new(0),
            is_stale: AtomicBool::new(false),
        }
    }

    /// The application is exchanged for one of these limits. Must be called in the serving runtime.
    pub fn renew(&self, limits: &Limits) {
        self.sandboxes.resize(limits.concurrency.get());
        self.orphans.resize(limits.orphans() as u32);
        self.owner.answers.limit(limits.unsent);
        self.reloads.fetch_add(1, Relaxed);
    }

    /// Admission to a sandbox, at once or after queueing.
    pub async fn turn(&self, limits: &Limits) -> Result<Admission, RequestError> {
        let permits = &self.sandboxes.semaphore;
        let permit = match permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = QueueSlot::take(&self.waiting, limits.queue)?;
                let permit = tokio::time::timeout(limits.timeout, permits.clone().acquire_owned()).await;
                permit.map_err(|_| RequestError::Busy)?.expect("never closed")
            }
        };
        Ok(Admission::new(permit, self.active.enter()))
    }

    pub fn orphans(&self) -> Arc<Semaphore> {
        self.orphans.semaphore.clone()
    }

    /// Requests that wait for a sandbox.
    pub fn queued(&self) -> u64 {
        self.waiting.load(Relaxed).into()
    }

    /// Requests that have a sandbox.
    pub fn running(&self) -> u64 {
        self.sandboxes.taken()
    }

    /// Waits until no sandbox is left.
    pub async fn idle(&self) {
        let _ = self.sandboxes.semaphore.acquire_many(self.sandboxes.size.load(Relaxed)).await;
    }
}

/// Permits whose number can change.
struct Permits {
    semaphore: Arc<Semaphore>,
    size: AtomicU32,
}

impl Permits {
    fn new(size: u32) -> Self {
        Permits { semaphore: Arc::new(Semaphore::new(size as usize)), size: AtomicU32::new(size) }
    }

    fn resize(&self, size: u32) {
        let before = self.size.swap(size, Relaxed);
        if size > before {
            self.semaphore.add_permits((size - before) as usize);
        } else if size < before {
            let semaphore = self.semaphore.clone();
            tokio::spawn(async move {
                let too_many = semaphore.acquire_many(before - size).await.expect("never closed");
                too_many.forget();
            });
        }
    }

    fn taken(&self) -> u64 {
        u64::from(self.size.load(Relaxed)).saturating_sub(self.semaphore.available_permits() as u64)
    }
}
