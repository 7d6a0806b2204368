//! What a thread that serves does between the polls of its guests: small answers that wait leave together
//! ([`batch`]), and what was put off until nobody waits for it is done.
//!
//! Both belong to the thread. The sockets' side and the sandboxes' side only meet here, and neither knows of the other.

use crate::serve::http::batch;
use std::cell::RefCell;

/// Something to do later, on the thread that puts it off.
type Job = Box<dyn FnOnce()>;

thread_local! {
    static LATER: RefCell<Vec<Job>> = const { RefCell::new(vec![]) };
}

/// Puts a job off until this thread has sent an answer, has nothing else to do, or turns to another guest.
pub fn later(job: impl FnOnce() + 'static) {
    LATER.with_borrow_mut(|jobs| jobs.push(Box::new(job)));
}

/// Does what was put off.
pub fn catch_up() {
    while let Some(job) = LATER.with_borrow_mut(Vec::pop) {
        job();
    }
}

/// Behind an answer, and before its client asks again.
pub fn after_send() {
    catch_up();
    batch::send_overdue();
}

/// When there is nothing else to do: first what somebody waits for.
pub fn when_idle() {
    batch::send();
    catch_up();
}

/// Polls a guest. Who holds a place among the requests must not wait for one that computes.
pub fn poll<T>(guest: impl FnOnce() -> T) -> T {
    catch_up();
    batch::work(guest)
}
