//! Sandboxes are made before their requests arrive, and reset when their answers have left: nobody waits for either. A
//! thread does both with its own sandboxes, whose memory is in its processor's caches.

use super::accounted::Metered;
use super::factory::{Factory, Order, Remains};
use crate::serve::admission::Visit;
use crate::serve::request::error::RequestError;
use crate::serve::worker;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Live as long as the application that they are made of.
pub struct Spares {
    factory: Arc<Factory>,
    /// One for each thread.
    waiting: Mutex<Vec<Spare>>,
}

/// A sandbox for one request, whichever it will be.
pub struct Spare {
    pub order: oneshot::Sender<Order>,
    pub life: Metered<Result<(), RequestError>, Remains>,
    /// What made it.
    thread: ThreadId,
}

impl Spare {
    /// Nothing is done for it yet.
    pub fn new(factory: Arc<Factory>) -> Self {
        let (order, receiver) = oneshot::channel();
        Spare { order, life: Metered::new(factory.live(receiver)), thread: thread::current().id() }
    }

    /// Makes it, as far as that gets at once: until it waits for its request. Ready is one that came to its end.
    pub fn prepare(&mut self) -> Poll<Result<(), RequestError>> {
        // Nobody is to be woken: it is polled anew when it has its request.
        Pin::new(&mut self.life).poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// A place among the requests that have a sandbox, given up when dropped.
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    _visit: Visit,
}

impl Turn {
    pub fn new(permit: OwnedSemaphorePermit, visit: Visit) -> Self {
        Turn { _permit: permit, _visit: visit }
    }
}

/// A guest's run, from the request's arrival to the guest's return.
pub struct Guest {
    life: Metered<Result<(), RequestError>, Remains>,
    /// Given up when there is no sandbox any more.
    _turn: Turn,
    spares: Arc<Spares>,
}

impl Spares {
    pub fn new(factory: Factory) -> Self {
        Spares { factory: Arc::new(factory), waiting: Mutex::default() }
    }

    /// Serves a request, in a sandbox that waits or in a new one.
    pub fn serve(self: Arc<Self>, order: Order, turn: Turn) -> Guest {
        worker::catch_up();
        let Spare { order: sender, mut life, .. } = self.take().unwrap_or_else(|| Spare::new(self.factory.clone()));
        life.charge(order.asked.record.clone());
        // One that has come to its end before it has its request tells why when it is polled.
        let _ = sender.send(order);
        Guest { life, _turn: turn, spares: self }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Spare>> {
        self.waiting.lock().expect("no panic while held")
    }

    /// One of this thread's, or else another's.
    fn take(&self) -> Option<Spare> {
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
        let mut spare = Spare::new(self.factory.clone());
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
            let spares = self.spares.clone();
            drop(self);
            spares.refill();
        });
    }
}

impl Future for Guest {
    type Output = Result<(), RequestError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Self::Output> {
        worker::poll(|| Pin::new(&mut self.life).poll(context))
    }
}
