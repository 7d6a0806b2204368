//! A batch: small responses that a thread has ready at about the same time leave together, after its urgent work.
//!
//! If the client, or a proxy, shares the server's processors, each response wakes it; it preempts the server and evicts
//! its caches, which is a good part of what a small request costs. A batch wakes it less often, and after the work is
//! done.
//!
//! A response is delayed only while other requests are queued, and never for long.

use super::wire::Wire;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest delay of a response: after that it leaves before the thread turns to another request.
const PATIENCE: Duration = Duration::from_millis(2);
/// A longer piece of work belongs to a long request, which must delay no response...
const SHORT: Duration = Duration::from_millis(1);
/// ... until this many pieces in a row were short.
const CALM: u32 = 16;

thread_local! {
    static BATCH: RefCell<Batch> = const { RefCell::new(Batch { since: None, wires: vec![] }) };
    /// Short pieces of work in a row.
    static SHORT_RUNS: Cell<u32> = const { Cell::new(0) };
}

struct Batch {
    /// When the first response joined.
    since: Option<Instant>,
    wires: Vec<Arc<Wire>>,
}

/// Whether a response may wait for those of the requests queued after it. A batch may hold twice as many responses as
/// `others` are still to come, so it is never larger than the queue was.
pub fn may_wait(others: usize) -> bool {
    BATCH.with_borrow(|batch| batch.wires.len()) < 2 * others && SHORT_RUNS.get() >= CALM
}

/// Adds a wire with pending bytes; the thread sends them.
pub fn add(wire: Arc<Wire>) {
    BATCH.with_borrow_mut(|batch| {
        batch.since.get_or_insert_with(Instant::now);
        batch.wires.push(wire);
    });
}

/// Sends the batch, at the latest when the thread is idle.
pub fn send() {
    let mut wires = BATCH.with_borrow_mut(|batch| {
        batch.since = None;
        std::mem::take(&mut batch.wires)
    });
    wires.drain(..).for_each(|wire| wire.send());
    // Keeps the allocation.
    BATCH.with_borrow_mut(|batch| batch.wires = wires);
}

/// Sends the batch if its first response has waited long enough. Everything that keeps the thread from going idle calls
/// this.
pub fn send_overdue() {
    if BATCH.with_borrow(|batch| batch.since).is_some_and(|since| since.elapsed() >= PATIENCE) {
        send();
    }
}

/// Runs a piece of a request's work.
pub fn work<T>(piece: impl FnOnce() -> T) -> T {
    send_overdue();
    let began = Instant::now();
    let done = piece();
    let is_short = began.elapsed() < SHORT;
    SHORT_RUNS.set(if is_short { SHORT_RUNS.get().saturating_add(1) } else { 0 });
    done
}

#[cfg(test)]
mod tests;
