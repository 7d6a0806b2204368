//! Sandboxes are made before their requests arrive, and reset when their answers have left: nobody waits for either.

use super::crowd::Visit;
use super::error::RequestError;
use super::front::outbox;
use super::sandbox::{Factory, Order, Remains};
use super::usage::Metered;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Live as long as the application that they are made of.
pub struct Spares {
    factory: Arc<Factory>,
    waiting: Mutex<Vec<Spare>>,
    most: usize,
}

/// A sandbox for one request, whichever it will be.
pub struct Spare {
    pub order: oneshot::Sender<Order>,
    pub life: Metered<Result<(), RequestError>, Remains>,
}

impl Spare {
    /// Nothing is done for it yet.
    pub fn new(factory: Arc<Factory>) -> Self {
        let (order, receiver) = oneshot::channel();
        Spare { order, life: Metered::new(factory.live(receiver)) }
    }

    /// Makes it, as far as that gets at once: until it waits for its request. Ready is one that came to its end.
    pub async fn prepare(&mut self) -> Poll<Result<(), RequestError>> {
        poll_fn(|context| Poll::Ready(Pin::new(&mut self.life).poll(context))).await
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
    /// `most` is how many wait: with one for each thread, a thread that has just served finds one.
    pub fn new(factory: Factory, most: usize) -> Self {
        // Directories are opened for a request when it is there: they may be others by then.
        let most = if factory.has_directories() { 0 } else { most };
        Spares { factory: Arc::new(factory), waiting: Mutex::default(), most }
    }

    /// Serves a request, in a sandbox that waits or in a new one.
    pub fn serve(self: Arc<Self>, order: Order, turn: Turn) -> Guest {
        let waiting = self.waiting().pop();
        let Spare { order: sender, mut life } = waiting.unwrap_or_else(|| Spare::new(self.factory.clone()));
        life.charge(order.asked.record.clone());
        // One that has come to its end before it has its request tells why when it is polled.
        let _ = sender.send(order);
        Guest { life, _turn: turn, spares: self }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Spare>> {
        self.waiting.lock().expect("no panic while held")
    }

    /// Makes one more, if there are too few.
    async fn refill(&self) {
        if self.waiting().len() >= self.most {
            return;
        }
        let mut spare = Spare::new(self.factory.clone());
        if spare.prepare().await.is_pending() {
            self.waiting().push(spare);
        }
    }
}

impl Guest {
    /// Resets the sandbox of a guest that has returned, and makes another, behind what the thread has to do now.
    pub fn retire(self) {
        tokio::spawn(async move {
            let spares = self.spares.clone();
            drop(self);
            spares.refill().await;
        });
    }
}

impl Future for Guest {
    type Output = Result<(), RequestError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Self::Output> {
        outbox::work(|| Pin::new(&mut self.life).poll(context))
    }
}
