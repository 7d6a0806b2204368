//! What a request costs: measured around every poll of its guest, on the thread that polls. What made its sandbox
//! before it arrived, and resets it behind its answer, is not in it.

use crate::memory::faults::Tally;
use crate::memory::owner::{self, Owner};
use crate::serve::request::record::Record;
use crate::serve::request::usage::Usage;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future whose polls are charged to a request. It gives what it has to tell, and what remains of it until this is
/// dropped.
pub struct Accounted<T, R> {
    /// Until it has come to its end, or this is dropped.
    future: Option<Boxed<(T, R)>>,
    remains: Option<R>,
    tally: Tally,
    /// In all polls before.
    used: Usage,
    /// None while it is not known for which request it is.
    record: Option<Arc<Record>>,
}

impl<T, R> Accounted<T, R> {
    pub fn new(future: impl Future<Output = (T, R)> + Send + 'static) -> Self {
        let (future, tally) = (Some(Box::pin(future) as _), Tally::new());
        Accounted { future, remains: None, tally, used: Usage::default(), record: None }
    }

    /// Whom to charge from now on: also for page faults before.
    pub fn charge(&mut self, record: Arc<Record>) {
        record.used(self.used);
        self.record = Some(record);
    }
}

impl<T, R: Unpin> Future for Accounted<T, R> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context) -> Poll<T> {
        let Accounted { future, remains, tally, used, record } = self.get_mut();
        let charged = record.is_some();
        let ((result, before), after) = tally.poll(|reading| {
            let before = Usage::of_this_thread(reading, charged);
            (future.as_mut().expect("polled after its end").as_mut().poll(context), before)
        });
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
            // One that has not come to its end unwinds its stack.
            if let Some(future) = future.take() {
                tally.poll(|_| drop(future));
            }
            tally.release(remains.take());
        });
    }
}
