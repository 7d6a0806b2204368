//! HTTP/2 streams: hyper runs a task for each, and this ends the task when the client does not read its response.
//!
//! hyper waits for a stream's window for as long as the client likes, with a part of the response in hand, and h2 keeps
//! what the window had no room for. Neither polls the response body meanwhile. Dropping the task resets the stream and
//! frees both, unless h2 already has the response's end: then only the end of the connection does.

use super::peer::Peer;
use crate::serve::limits::LEAST_TAKEN;
use crate::serve::request::error::RequestError;
use crate::serve::request::record::Record;
use crate::serve::request::unsent::{UnsentAnswers, Wait};
use hyper::rt::Executor;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use tokio::sync::Notify;

tokio::task_local! {
    /// The stream of the current task.
    static CURRENT: Arc<Stream>;
}

/// Spawns the tasks of one connection's streams.
#[derive(Clone)]
pub struct Streams {
    pub peer: Arc<Peer>,
    pub answers: UnsentAnswers,
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        let Streams { peer, answers } = self.clone();
        let stream = Arc::new(Stream::new(peer));
        tokio::spawn(CURRENT.scope(stream.clone(), async move { stream.drive(task, &answers).await }));
    }
}

/// What hyper has of a stream's response.
pub struct Stream {
    peer: Arc<Peer>,
    /// Bytes that hyper and h2 hold.
    held: AtomicUsize,
    /// Bytes taken, plus [`LEAST_TAKEN`] each time nothing is held any more: then the client has done its part.
    progress: AtomicU64,
    released: Notify,
    record: OnceLock<Arc<Record>>,
}

impl Stream {
    fn new(peer: Arc<Peer>) -> Self {
        let (held, progress) = (AtomicUsize::new(0), AtomicU64::new(0));
        Stream { peer, held, progress, released: Notify::new(), record: OnceLock::new() }
    }

    /// The stream of the current task.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Names the response that the current task sends to `peer`; in HTTP/1, the connection's next one.
    pub fn answers(peer: &Peer, record: &Arc<Record>) {
        if CURRENT.try_with(|stream| stream.record.set(record.clone())).is_err() {
            peer.line.answers(record);
        }
    }

    async fn drive(&self, task: impl Future, answers: &UnsentAnswers) {
        let mut stalled = std::pin::pin!(self.stalled(answers));
        self.peer.asks();
        tokio::select! {
            biased;
            _ = task => {}
            () = &mut stalled => return self.give_up(),
        }
        if self.record.get().is_some_and(|record| record.was_given_up()) {
            return self.peer.gives_up();
        }
        tokio::select! {
            biased;
            () = self.released() => {}
            () = stalled => {
                self.give_up();
                self.peer.end();
            }
        }
    }

    /// Logs the reason.
    fn give_up(&self) {
        if let Some(record) = self.record.get() {
            record.failed(&RequestError::NotTaken);
        }
    }

    /// Completes when the client has taken too little of the held bytes for too long. Polled after the code that takes
    /// from the response body, so it needs no wake-up for that.
    async fn stalled(&self, answers: &UnsentAnswers) {
        loop {
            poll_fn(|_| if self.is_held() { Poll::Ready(()) } else { Poll::Pending }).await;
            let taken = || self.progress.load(Relaxed);
            let mut wait = Wait::begin(answers, taken());
            let sharing = || self.peer.waiting_streams.load(Relaxed);
            poll_fn(|context| wait.poll_over(context, answers, self.record.get(), taken, sharing())).await;
            if self.is_held() {
                return;
            }
        }
    }

    async fn released(&self) {
        loop {
            let released = self.released.notified();
            if !self.is_held() {
                return;
            }
            released.await;
        }
    }

    fn is_held(&self) -> bool {
        self.held.load(Relaxed) > 0
    }

    pub fn hold(&self, bytes: usize) {
        if bytes > 0 && self.held.fetch_add(bytes, Relaxed) == 0 {
            self.peer.waiting_streams.fetch_add(1, Relaxed);
        }
    }

    pub fn release(&self, bytes: usize) {
        self.progress.fetch_add(bytes as u64, Relaxed);
        if bytes > 0 && self.held.fetch_sub(bytes, Relaxed) == bytes {
            self.peer.waiting_streams.fetch_sub(1, Relaxed);
            self.progress.fetch_add(LEAST_TAKEN, Relaxed);
            self.released.notify_waiters();
        }
    }
}
