//! Supervises a guest's run to its end: it returns, its deadline passes, or its client leaves.
//!
//! The host does not simply drop a guest that must stop, because the gateway has to call `close()` (PEP 3333,
//! "Specification Details"). It ends the guest's streams and waits, states the reason in its environment
//! (guest/src/ended.c raises it as an exception), and grants a short grace period. A guest that only computes makes no
//! host calls and notices nothing; it is dropped when the grace period ends.

use super::pool::Guest;
use crate::serve::http::client_probe::ClientProbe;
use crate::serve::request::content::ResponseStream;
use crate::serve::request::error::RequestError;
use crate::serve::request::record::Record;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often to probe for a client that hyper cannot see leave, because unread bytes lie in the way.
const LOOK: Duration = Duration::from_millis(250);
/// For `close()` when the client has left.
const GRACE_WHEN_GONE: Duration = Duration::from_secs(1);
/// CPU time of that for a guest that computes: it rarely notices, and a client that leaves must not cost others.
const GRACE_FOR_COMPUTING_US: u64 = 50_000;
/// For `close()` at the deadline: the request has had its time.
const GRACE_AT_DEADLINE: Duration = Duration::from_millis(100);

/// A guest and what can end it. Dropping this before the guest has returned starts the grace period.
pub struct Supervised {
    /// None once it has returned.
    guest: Option<Guest>,
    deadline: Instant,
    line: ClientProbe,
    /// Ends the guest's streams and waits.
    over: CancellationToken,
    /// Of a response that has begun.
    stream_of_body: Option<ResponseStream>,
    record: Arc<Record>,
    /// Permits for guests whose clients have left.
    orphans: Arc<Semaphore>,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Gone,
    Deadline,
}

impl Supervised {
    pub fn new(
        guest: Guest,
        timeout: Duration,
        line: ClientProbe,
        over: CancellationToken,
        record: Arc<Record>,
        orphans: Arc<Semaphore>,
    ) -> Self {
        let deadline = Instant::now() + timeout;
        Supervised { guest: Some(guest), deadline, line, over, stream_of_body: None, record, orphans, end: End::Gone }
    }

    /// Completes when the guest returns or must stop.
    ///
    /// # Errors
    /// The guest's own, the deadline, or a client that has left.
    pub async fn outcome(&mut self) -> Result<(), RequestError> {
        let Some(guest) = &mut self.guest else { return Ok(()) };
        loop {
            let look = self.deadline.min(Instant::now() + LOOK);
            tokio::select! {
                biased;
                outcome = &mut *guest => {
                    if let Some(guest) = self.guest.take() {
                        guest.retire();
                    }
                    return outcome;
                }
                () = sleep_until(look) => {}
            }
            if Instant::now() >= self.deadline {
                self.record.was_at(guest.site());
                self.end = End::Deadline;
                return Err(RequestError::Deadline);
            }
            if self.line.has_hung_up() && !self.record.is_whole() {
                return Err(RequestError::ClientGone);
            }
        }
    }

    /// Goes on beside the connection that sends the response, so that deadlines hold for a client that does not read,
    /// too. The response body holds the returned guard, and drops it when no one reads any more.
    pub fn stream(mut self, stream_of_body: ResponseStream) -> DropGuard {
        self.stream_of_body = Some(stream_of_body);
        let unread = CancellationToken::new();
        let reader = unread.clone().drop_guard();
        let record = self.record.clone();
        tokio::spawn(async move {
            let outcome = tokio::select! {
                biased;
                outcome = self.outcome() => outcome,
                () = unread.cancelled() => return self.leave(),
            };
            if let Err(error) = outcome {
                record.failed(&error);
            }
        });
        reader
    }

    /// The connection has dropped the response body. After a whole response that is usual, and the guest may work until
    /// its deadline.
    fn leave(mut self) {
        if !self.record.is_whole() {
            return;
        }
        let (guest, deadline, record) = (self.guest.take(), self.deadline, self.record.clone());
        let Some(mut guest) = guest else { return };
        tokio::spawn(async move {
            match timeout_at(deadline, &mut guest).await {
                Err(_) => {
                    record.was_at(guest.site());
                    record.failed(&RequestError::Deadline);
                }
                Ok(Err(error)) => record.failed(&error),
                Ok(Ok(())) => {}
            }
        });
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let Some(guest) = self.guest.take() else { return };
        if self.end == End::Deadline {
            self.record.late();
        }
        self.over.cancel();
        if let Some(stream_of_body) = &self.stream_of_body {
            stream_of_body.close();
        }
        let record = self.record.clone();
        let (grace, place) = match self.end {
            End::Deadline => (GRACE_AT_DEADLINE, None),
            End::Gone => match self.orphans.clone().try_acquire_owned() {
                Ok(place) => (GRACE_WHEN_GONE, Some(place)),
                Err(_) => return record.stopped(),
            },
        };
        tokio::spawn(async move {
            let (_place, guest) = (place, guest);
            if !comes_to_its_end(guest, grace, &record).await {
                record.stopped();
            }
        });
    }
}

/// Polls a guest for its grace period. Its result no longer counts; this only says whether it returned.
async fn comes_to_its_end(mut guest: Guest, grace: Duration, record: &Record) -> bool {
    let before = record.usage().cpu_us;
    let end = poll_fn(|context| match record.usage().cpu_us - before {
        ..GRACE_FOR_COMPUTING_US => Pin::new(&mut guest).poll(context).map(|_| true),
        _ => Poll::Ready(false),
    });
    tokio::time::timeout(grace, end).await.unwrap_or(false)
}
