//! A well-behaved client beside an attack: each response is checked and timed.

use super::server::Server;
use std::fmt;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use std::thread;
use std::time::{Duration, Instant};

/// The neighbour sends at least this many requests, however short the attack is.
const LEAST: usize = 50;

/// Response times.
pub struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Times(times)
    }

    /// The time within which `percent` of all responses arrived.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() - 1) * percent / 100]
    }

    /// The ratio of these times to others, in the median.
    pub fn ratio(&self, others: &Times) -> f64 {
        self.percentile(50).as_secs_f64() / others.percentile(50).as_secs_f64()
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let ms = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        write!(f, "{} requests, median {:.2} ms, p99 {:.2} ms, slowest {:.1} ms", self.0.len(), ms(50), ms(99), ms(100))
    }
}

/// Says that something is over when it is dropped, also by a test that fails: whoever asks until then would go on for
/// ever, and the test with it.
pub struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

impl Server {
    /// Runs `work` while a neighbour sends one request after the other; returns the work's result and the requests'
    /// times.
    pub fn beside<T>(&self, work: impl FnOnce() -> T) -> (T, Times) {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let neighbour = scope.spawn(|| self.ask_until(&over));
            let end = Over(&over);
            let result = work();
            drop(end);
            let times = neighbour.join().expect("every answer was right");
            (result, Times::of(times))
        })
    }

    fn ask_until(&self, over: &AtomicBool) -> Vec<Duration> {
        let mut times = vec![];
        while !over.load(Relaxed) || times.len() < LEAST {
            let began = Instant::now();
            self.behaves();
            times.push(began.elapsed());
        }
        times
    }

    /// Checks that no permit was lost: `concurrency` sandboxes can be alive at the same time.
    pub fn all_permits_are_there(&self, concurrency: usize) {
        let mut clients: Vec<_> = (0..concurrency).map(|_| self.connect()).collect();
        for client in &mut clients {
            client.post_chunked("/talk");
            assert!(client.head().starts_with("http/1.1 200 "));
        }
        for client in &mut clients {
            client.send_chunk("");
        }
    }

    /// Sends a well-behaved request, which must succeed whatever came before it.
    pub fn behaves(&self) {
        assert_eq!(self.get("/hello").ok(), "Hello from a sandbox!\n");
    }
}
