//! A well-behaved client beside an attack: each answer checked and timed.

use super::server::Server;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The neighbour asks at least this often, however short the attack is.
const LEAST: usize = 50;

/// How long each of a number of answers took.
pub struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Times(times)
    }

    /// The time within which `percent` of all answers came.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() - 1) * percent / 100]
    }

    /// How many times longer these took than others, in the median.
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

impl Server {
    /// Does `work` while a neighbour asks, one request after the other; gives its result and their times.
    pub fn beside<T>(&self, work: impl FnOnce() -> T) -> (T, Times) {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let neighbour = scope.spawn(|| self.ask_until(&over));
            let result = work();
            over.store(true, Relaxed);
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

    /// No permit was lost: as many sandboxes as there may be are alive at the same time.
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

    /// A well-behaved request, which must be answered right whatever came before it.
    pub fn behaves(&self) {
        assert_eq!(self.get("/hello").ok(), "Hello from a sandbox!\n");
    }
}
