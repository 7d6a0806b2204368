//! Sandboxes are made before their requests arrive, and reset when their answers have left: nobody waits for either. A
//! thread does both with its own sandboxes, whose memory is in its processor's caches.

use super::accounted::Accounted;
use super::factory::{Call, Factory, UsedStore};
use crate::serve::admission::ActiveGuard;
use crate::serve::request::error::RequestError;
use crate::serve::worker;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Live as long as the application that they are made of.
pub struct Pool {
    factory: Arc<Factory>,
    /// One for each thread.
    waiting: Mutex<Vec<PooledSandbox>>,
}

/// A sandbox for one request, whichever it will be.
pub struct PooledSandbox {
    pub order: oneshot::Sender<Call>,
    pub life: Accounted<Result<(), RequestError>, UsedStore>,
    /// What made it.
    thread: ThreadId,
}

impl PooledSandbox {
    /// Nothing is done for it yet.
    pub fn new(factory: Arc<Factory>) -> Self {
        let (order, receiver) = oneshot::channel();
        PooledSandbox { order, life: Accounted::new(factory.live(receiver)), thread: thread::current().id() }
    }

    /// Makes it, as far as that gets at once: until it waits for its request. Ready is one that came to its end.
    pub fn prepare(&mut self) -> Poll<Result<(), RequestError>> {
        // Nobody is to be woken: it is polled anew when it has its request.
        Pin::new(&mut self.life).poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// A place among the requests that have a sandbox, given up when dropped.
pub struct Admission {
    _permit: OwnedSemaphorePermit,
    _visit: ActiveGuard,
}

impl Admission {
    pub fn new(permit: OwnedSemaphorePermit, visit: ActiveGuard) -> Self {
        Admission { _permit: permit, _visit: visit }
    }
}

/// A guest's run, from the request's arrival to the guest's return.
pub struct Guest {
    life: Accounted<Result<(), RequestError>, UsedStore>,
    /// Given up when there is no sandbox any more.
    _turn: Admission,
    pool: Arc<Pool>,
}

impl Pool {
    pub fn new(factory: Factory) -> Self {
        Pool { factory: Arc::new(factory), waiting: Mutex::default() }
    }

    /// Serves a request, in a sandbox that waits or in a new one.
    pub fn serve(self: Arc<Self>, order: Call, turn: Admission) -> Guest {
        worker::catch_up();
        let PooledSandbox { order: sender, mut life, .. } =
            self.take().unwrap_or_else(|| PooledSandbox::new(self.factory.clone()));
        life.charge(order.asked.record.clone());
        // One that has come to its end before it has its request tells why when it is polled.
        let _ = sender.send(order);
        Guest { life, _turn: turn, pool: self }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<PooledSandbox>> {
        self.waiting.lock().expect("no panic while held")
    }

    /// One of this thread's, or else another's.
    fn take(&self) -> Option<PooledSandbox> {
        let mut waiting = self.waiting();
        let this = thread::current().id();
        let own = waiting.iter().rposition(|spare| spare.thread == this);
        match own {
            Some(place) => Some(waiting.swap_remove(place)),
            None => waiting.pop(),
        }
    }

    /// Makes one for this thread, if it has none.
    fn refill(&self) {
        let this = thread::current().id();
        if self.waiting().iter().any(|spare| spare.thread == this) {
            return;
        }
        let mut spare = PooledSandbox::new(self.factory.clone());
        if spare.prepare().is_pending() {
            self.waiting().push(spare);
        }
    }
}

impl Guest {
    /// Leaves the sandbox of a guest that has returned to its thread, which resets it when it has time, and makes
    /// another.
    pub fn retire(self) {
        worker::later(move || {
            let pool = self.pool.clone();
            drop(self);
            pool.refill();
        });
    }
}

impl Future for Guest {
    type Output = Result<(), RequestError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Self::Output> {
        worker::poll(|| Pin::new(&mut self.life).poll(context))
    }
}
