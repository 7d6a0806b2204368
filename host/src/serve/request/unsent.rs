//! Responses that wait for slow clients.
//!
//! The host takes a response from its guest, so that the sandbox is free long before a slow client has received
//! everything. Two limits bound the host's memory for this: a time for each client, and a size for all together, beyond
//! which the host gives up the responses whose clients have been idle longest.

use super::record::Record;
use crate::serve::admission::Peak;
use crate::serve::limits::{LEAST_TAKEN, Limits};
use crate::units::Size;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// After this wait a client is slow: longer than any round trip of one that reads what it can.
const SLOW: Duration = Duration::from_millis(100);
/// How often to check a slow client.
const LOOK: Duration = Duration::from_secs(1);

/// Lives once.
#[derive(Clone)]
pub struct UnsentAnswers {
    slow: Arc<Mutex<Slow>>,
    send_timeout: Duration,
}

/// The responses that wait for slow clients.
struct Slow {
    answers: Vec<Arc<Answer>>,
    /// Bytes over all responses.
    held: u64,
    /// The limit of these.
    most: u64,
    peak: Peak,
}

struct Answer {
    /// Bytes that the host may hold of this response.
    held: u64,
    /// When its client last read something.
    idle_since: Mutex<Instant>,
    given_up: CancellationToken,
}

impl UnsentAnswers {
    pub fn new(limits: &Limits) -> Self {
        let slow = Slow { answers: vec![], held: 0, most: limits.unsent.0, peak: Peak::of_bytes() };
        UnsentAnswers { slow: Arc::new(Mutex::new(slow)), send_timeout: limits.send_timeout }
    }

    /// From now on they may hold as much as this.
    pub fn limit(&self, most: Size) {
        self.slow().most = most.0;
    }

    fn slow(&self) -> MutexGuard<'_, Slow> {
        self.slow.lock().expect("no panic while held")
    }

    fn enter(&self, held: u64) -> Place {
        let (idle_since, given_up) = (Mutex::new(Instant::now()), CancellationToken::new());
        let is_over = Box::pin(given_up.clone().cancelled_owned());
        let answer = Arc::new(Answer { held, idle_since, given_up });
        let mut slow = self.slow();
        slow.answers.push(answer.clone());
        slow.held += held;
        let total = slow.held;
        slow.peak.rises_to(total);
        slow.keep_to_limit();
        Place { answers: self.clone(), answer, is_over }
    }
}

impl Slow {
    /// Gives up the responses whose clients have been idle longest.
    fn keep_to_limit(&mut self) {
        while self.held > self.most {
            let oldest = self.answers.iter().min_by_key(|answer| answer.idle_since());
            let Some(oldest) = oldest.cloned() else { return };
            oldest.given_up.cancel();
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, answer: &Arc<Answer>) {
        if let Some(place) = self.answers.iter().position(|other| Arc::ptr_eq(other, answer)) {
            self.answers.swap_remove(place);
            self.held -= answer.held;
            self.peak.falls_to(self.held);
        }
    }
}

impl Answer {
    fn idle_since(&self) -> Instant {
        *self.idle_since.lock().expect("no panic while held")
    }
}

/// Membership in [`Slow`], until dropped.
struct Place {
    answers: UnsentAnswers,
    answer: Arc<Answer>,
    is_over: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.answers.slow().remove(&self.answer);
    }
}

/// A wait for a client that has not read all that is ready.
pub struct Wait {
    look: Pin<Box<Sleep>>,
    /// The end of a `--send-timeout`, at whose start the client had read `at_first` bytes.
    until: Instant,
    at_first: u64,
    at_last_look: u64,
    /// Set once the client is slow.
    place: Option<Place>,
}

impl Wait {
    /// `taken` is how many bytes the client has read so far.
    pub fn begin(answers: &UnsentAnswers, taken: u64) -> Self {
        let now = Instant::now();
        let until = now + answers.send_timeout;
        let look = Box::pin(tokio::time::sleep_until(until.min(now + SLOW)));
        Wait { look, until, at_first: taken, at_last_look: taken, place: None }
    }

    /// Ready when the host should give up the response. A client that reads just something does not reset the timeout:
    /// it could make the host hold the response for ever. `sharing` is how many slow responses share the connection.
    pub fn poll_over(
        &mut self,
        context: &mut Context,
        answers: &UnsentAnswers,
        record: Option<&Arc<Record>>,
        taken: impl Fn() -> u64,
        sharing: usize,
    ) -> Poll<()> {
        loop {
            if let Some(place) = &mut self.place
                && place.is_over.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(());
            }
            ready!(self.look.as_mut().poll(context));
            let (now, taken) = (Instant::now(), taken());
            if now >= self.until {
                let least = LEAST_TAKEN / sharing.max(1) as u64;
                if taken.saturating_sub(self.at_first) < least.max(1) {
                    return Poll::Ready(());
                }
                (self.until, self.at_first) = (now + answers.send_timeout, taken);
            }
            let place = self.place.get_or_insert_with(|| {
                let answers = record.and_then(|record| record.unsent()).unwrap_or(answers);
                answers.enter(record.map_or(0, |record| record.ahead()))
            });
            if taken > self.at_last_look {
                *place.answer.idle_since.lock().expect("no panic while held") = now;
                self.at_last_look = taken;
            }
            self.look.as_mut().reset(self.until.min(now + LOOK));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    /// How long a response waits for a client that reads `rate` bytes per millisecond; at most two seconds.
    async fn patience(answers: &UnsentAnswers, rate: u64, sharing: usize) -> Duration {
        let began = Instant::now();
        let taken = || began.elapsed().as_millis() as u64 * rate;
        let mut wait = Wait::begin(answers, 0);
        let over = poll_fn(|context| wait.poll_over(context, answers, None, taken, sharing));
        let _ = tokio::time::timeout(Duration::from_secs(2), over).await;
        began.elapsed()
    }

    #[tokio::test]
    async fn a_client_takes_its_share_in_time_or_is_given_up() {
        let limits = Limits { send_timeout: Duration::from_millis(500), ..Limits::of(&[]) };
        let answers = UnsentAnswers::new(&limits);
        // In half a second: nothing, too little, enough, and enough for one of ten.
        for (rate, sharing, waits) in [(0, 1, false), (16, 1, false), (48, 1, true), (0, 10, false), (5, 10, true)] {
            let time = patience(&answers, rate, sharing).await;
            assert_eq!(time >= Duration::from_secs(2), waits, "{rate} bytes each ms, one of {sharing}: {time:?}");
            assert!(time >= limits.send_timeout);
        }
        assert!(answers.slow().answers.is_empty(), "nobody waits any more");
    }

    #[test]
    fn beyond_what_may_wait_those_go_that_took_nothing_for_the_longest_time() {
        let answers = UnsentAnswers::new(&Limits { unsent: Size(30), ..Limits::of(&[]) });
        let places: Vec<_> = (0..3).map(|_| answers.enter(10)).collect();
        // The first client has just read something.
        *places[0].answer.idle_since.lock().unwrap() = Instant::now();
        let more = answers.enter(15);
        let given_up = |place: &Place| place.answer.given_up.is_cancelled();
        assert_eq!(places.iter().map(given_up).collect::<Vec<_>>(), [false, true, true]);
        assert!(!given_up(&more));
        assert_eq!(answers.slow().held, 25);
        drop((places, more));
        assert_eq!(answers.slow().held, 0);
    }
}
