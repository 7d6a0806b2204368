//! What a serving thread does between the polls of its guests: it sends batches of small responses ([`batch`]), and
//! runs deferred jobs.
//!
//! Both belong to the thread. Sockets and sandboxes meet only here, and neither knows of the other.

use crate::serve::http::batch;
use std::cell::RefCell;

/// A deferred job, which runs on the thread that deferred it.
type Job = Box<dyn FnOnce()>;

thread_local! {
    static LATER: RefCell<Vec<Job>> = const { RefCell::new(vec![]) };
}

/// Defers a job until this thread has sent a response, is idle, or turns to another guest.
pub fn later(job: impl FnOnce() + 'static) {
    LATER.with_borrow_mut(|jobs| jobs.push(Box::new(job)));
}

/// Runs the deferred jobs.
pub fn catch_up() {
    while let Some(job) = LATER.with_borrow_mut(Vec::pop) {
        job();
    }
}

/// After a response, and before its client's next request.
pub fn after_send() {
    catch_up();
    batch::send_overdue();
}

/// When the thread is idle: first what clients wait for.
pub fn when_idle() {
    batch::send();
    catch_up();
}

/// Polls a guest, after the deferred jobs: used sandboxes hold admissions, which must not wait for a guest that
/// computes.
pub fn poll<T>(guest: impl FnOnce() -> T) -> T {
    catch_up();
    batch::work(guest)
}
