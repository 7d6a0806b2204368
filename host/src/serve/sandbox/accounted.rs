//! What a request costs: measured around every poll of its guest, on the polling thread. Preparing the sandbox before
//! the request and resetting it after the response are not charged.

use crate::memory::faults::Tally;
use crate::memory::owner::{self, Owner};
use crate::memory::window::Window;
use crate::serve::request::record::Record;
use crate::serve::request::usage::Usage;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future whose polls are charged to a request. It yields its result, and keeps the used store until it is dropped.
pub struct Accounted<T, R> {
    /// None once it has completed.
    future: Option<Boxed<(T, R)>>,
    remains: Option<R>,
    tally: Tally,
    /// Of the guest, once it has one.
    memory: Option<Window>,
    /// Over all polls so far.
    used: Usage,
    /// None until the sandbox has its request.
    record: Option<Arc<Record>>,
}

impl<T, R> Accounted<T, R> {
    pub fn new(future: impl Future<Output = (T, R)> + Send + 'static) -> Self {
        let (future, tally) = (Some(Box::pin(future) as _), Tally::new());
        Accounted { future, remains: None, tally, memory: None, used: Usage::default(), record: None }
    }

    /// Charges `record` from now on, and for what was used so far.
    pub fn charge(&mut self, record: Arc<Record>) {
        record.used(self.used);
        self.record = Some(record);
    }

    /// The guest's memory, while it has one.
    pub fn memory(&self) -> Option<Window> {
        self.memory.filter(|_| self.future.is_some())
    }
}

impl<T, R: Unpin> Future for Accounted<T, R> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context) -> Poll<T> {
        let Accounted { future, remains, tally, memory, used, record } = self.get_mut();
        let charged = record.is_some();
        let ((result, before), after) = tally.poll(|reading| {
            let before = Usage::of_this_thread(reading, charged);
            (future.as_mut().expect("polled after its end").as_mut().poll(context), before)
        });
        if memory.is_none() {
            *memory = Window::last_made();
        }
        let after = Usage::of_this_thread(&after, charged);
        let new = after.zip(before).map_or_else(Usage::default, |(after, before)| after.since(before));
        *used = used.and(new);
        if let Some(record) = record {
            record.used(new);
        }
        result.map(|(told, remainder)| {
            *remains = Some(remainder);
            told
        })
    }
}

impl<T, R> Drop for Accounted<T, R> {
    fn drop(&mut self) {
        let Accounted { future, remains, tally, record, .. } = self;
        owner::leave(record.take().map(|record| record as Owner), || {
            // A future that has not completed unwinds its stack.
            if let Some(future) = future.take() {
                tally.poll(|_| drop(future));
            }
            tally.release(remains.take());
        });
    }
}
