//! The pool of prepared sandboxes. A thread prepares its sandboxes before requests arrive and resets them after
//! responses have left, so no request waits for either. Their memory stays in the caches of that thread's processor.

use super::accounted::Accounted;
use super::call::Call;
use super::factory::{Factory, UsedStore};
use crate::interpreter::Site;
use crate::serve::admission::ActiveGuard;
use crate::serve::request::error::RequestError;
use crate::serve::worker;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Lives as long as the application it serves.
pub struct Pool {
    factory: Arc<Factory>,
    /// At most one per thread.
    waiting: Mutex<Vec<PooledSandbox>>,
}

/// A prepared sandbox, without its request yet.
pub struct PooledSandbox {
    pub call: oneshot::Sender<Call>,
    pub life: Accounted<Result<(), RequestError>, UsedStore>,
    /// The thread that made it.
    thread: ThreadId,
}

impl PooledSandbox {
    /// Starts no work.
    pub fn new(factory: Arc<Factory>) -> Self {
        let (call, receiver) = oneshot::channel();
        PooledSandbox { call, life: Accounted::new(factory.live(receiver)), thread: thread::current().id() }
    }

    /// Instantiates up to the wait for a request. `Ready` means that this failed.
    pub fn prepare(&mut self) -> Poll<Result<(), RequestError>> {
        // No waker is needed: `serve` polls it again with its request.
        Pin::new(&mut self.life).poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// The right to have a sandbox, given up when dropped.
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
    /// Given up after the sandbox is dropped.
    _turn: Admission,
    pool: Arc<Pool>,
}

impl Pool {
    pub fn new(factory: Factory) -> Self {
        Pool { factory: Arc::new(factory), waiting: Mutex::default() }
    }

    /// Serves a request in a prepared sandbox, or else in a new one.
    pub fn serve(self: Arc<Self>, call: Call, turn: Admission) -> Guest {
        worker::catch_up();
        let PooledSandbox { call: sender, mut life, .. } =
            self.take().unwrap_or_else(|| PooledSandbox::new(self.factory.clone()));
        life.charge(call.asked.record.clone());
        // A sandbox that failed before it got its request reports the error when it is polled.
        let _ = sender.send(call);
        Guest { life, _turn: turn, pool: self }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<PooledSandbox>> {
        self.waiting.lock().expect("no panic while held")
    }

    /// How many sandboxes wait for a request.
    pub fn prepared(&self) -> usize {
        self.waiting().len()
    }

    /// Prefers a sandbox of this thread to those of others.
    fn take(&self) -> Option<PooledSandbox> {
        let mut waiting = self.waiting();
        let this = thread::current().id();
        let own = waiting.iter().rposition(|sandbox| sandbox.thread == this);
        match own {
            Some(place) => Some(waiting.swap_remove(place)),
            None => waiting.pop(),
        }
    }

    /// Prepares a sandbox for this thread if it has none.
    fn refill(&self) {
        let this = thread::current().id();
        if self.waiting().iter().any(|sandbox| sandbox.thread == this) {
            return;
        }
        let mut sandbox = PooledSandbox::new(self.factory.clone());
        if sandbox.prepare().is_pending() {
            self.waiting().push(sandbox);
        }
    }
}

impl Guest {
    /// Where its Python code is. Between its polls it does not run.
    pub fn site(&self) -> Option<Site> {
        self.pool.factory.interpreter()?.site(self.life.memory()?)
    }

    /// Hands the used sandbox to its thread, which resets it and prepares another when it has time.
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
