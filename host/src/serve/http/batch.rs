//! Small answers that a thread has ready at about the same time leave together, behind the work that it has to do at
//! once.
//!
//! Where a client, or the proxy in front, runs on the processors that serve, each answer wakes it, it runs at once in
//! the server's place, and the server comes back to caches that are no longer its own, which is a good part of what a
//! small request costs. Several answers together wake it less often, and when the work is done.
//!
//! Nothing waits where nobody else stands in line, and nothing for long.

use super::wire::Wire;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest that an answer waits: then it leaves before the thread turns to another request's work.
const PATIENCE: Duration = Duration::from_millis(2);
/// Work that takes longer in one go is that of long requests, and no answer waits for theirs...
const SHORT: Duration = Duration::from_millis(1);
/// ... until so many in a row were short.
const CALM: u32 = 16;

thread_local! {
    static BATCH: RefCell<Batch> = const { RefCell::new(Batch { since: None, wires: vec![] }) };
    /// Pieces of work in a row that were short.
    static SHORT_RUNS: Cell<u32> = const { Cell::new(0) };
}

struct Batch {
    /// When the first came.
    since: Option<Instant>,
    wires: Vec<Arc<Wire>>,
}

/// Whether an answer may wait for those to requests that stand in line behind it: as long as not twice as many answers
/// wait here as `others` are still to come. So at most a batch is as large as the line was.
pub fn may_wait(others: usize) -> bool {
    BATCH.with_borrow(|outbox| outbox.wires.len()) < 2 * others && SHORT_RUNS.get() >= CALM
}

/// Something waits on this wire until the thread sends it.
pub fn add(wire: Arc<Wire>) {
    BATCH.with_borrow_mut(|outbox| {
        outbox.since.get_or_insert_with(Instant::now);
        outbox.wires.push(wire);
    });
}

/// Sends all that waits: at the latest when the thread has nothing else to do.
pub fn send() {
    let mut wires = BATCH.with_borrow_mut(|outbox| {
        outbox.since = None;
        std::mem::take(&mut outbox.wires)
    });
    wires.drain(..).for_each(|wire| wire.send());
    // For the next ones.
    BATCH.with_borrow_mut(|outbox| outbox.wires = wires);
}

/// Sends all that waits if some of it has waited long enough: whatever keeps the thread from having nothing to do calls
/// this.
pub fn send_overdue() {
    if BATCH.with_borrow(|outbox| outbox.since).is_some_and(|since| since.elapsed() >= PATIENCE) {
        send();
    }
}

/// Does a piece of a request's work.
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
