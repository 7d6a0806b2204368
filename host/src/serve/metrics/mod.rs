//! What was counted of requests, for `/metrics`.
//!
//! Each thread counts in a part of its own, so that threads wait for each other only while somebody reads.

mod exported;
mod histogram;
mod process;

pub use exported::Exported;

use crate::serve::report::Finished;
use crate::serve::request::outcome::Outcome;
use histogram::Histogram;
use http::Method;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

/// More than a machine's threads mostly; threads that share a part take turns.
const PARTS: usize = 64;
/// In seconds.
const TIMES: [f64; 17] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// In bytes.
const SIZES: [f64; 13] = [
    1_048_576.0,
    2_097_152.0,
    4_194_304.0,
    8_388_608.0,
    16_777_216.0,
    33_554_432.0,
    67_108_864.0,
    134_217_728.0,
    268_435_456.0,
    536_870_912.0,
    1_073_741_824.0,
    2_147_483_648.0,
    4_294_967_296.0,
];
/// Page faults.
const FAULTS: [f64; 10] = [0.0, 8.0, 16.0, 32.0, 64.0, 128.0, 512.0, 2048.0, 8192.0, 32_768.0];
/// Those of RFC 9110 and RFC 5789; a client can make up any other, and all of these count as one.
static METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

/// Lives once: the metrics of all applications by their names. Those without a name are the only application's, or,
/// where several run, those of requests that are no application's.
#[derive(Default)]
pub struct AllMetrics(Mutex<BTreeMap<Option<Arc<str>>, Arc<Metrics>>>);

/// Of one application.
pub struct Metrics {
    parts: [Part; PARTS],
}

/// In a line of the processor's cache of its own.
#[derive(Default)]
#[repr(align(128))]
struct Part(Mutex<Counts>);

/// What a request counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    pub method: Option<&'static str>,
    /// None if no response began.
    pub status: Option<u16>,
    pub outcome: Outcome,
}

#[derive(Default)]
pub struct Counts {
    pub requests: HashMap<Kind, u64>,
    pub response_bytes: u64,
    /// Requests to which the cap refused memory, however they ended.
    pub denied_memory: u64,
    pub seconds: Histogram<{ TIMES.len() }>,
    pub cpu_seconds: Histogram<{ TIMES.len() }>,
    pub memory_peak: Histogram<{ SIZES.len() }>,
    pub page_faults: Histogram<{ FAULTS.len() }>,
}

thread_local! {
    /// The place of this thread's part.
    static PART: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Relaxed) % PARTS
    };
}

impl AllMetrics {
    fn by_name(&self) -> MutexGuard<'_, BTreeMap<Option<Arc<str>>, Arc<Metrics>>> {
        self.0.lock().expect("no panic while held")
    }

    /// Those of an application, which counts in them.
    pub fn of(&self, name: Option<&Arc<str>>) -> Arc<Metrics> {
        self.by_name().entry(name.cloned()).or_default().clone()
    }

    /// The application is served no more.
    pub fn forget(&self, name: &Arc<str>) {
        self.by_name().remove(&Some(name.clone()));
    }

    /// What was counted so far, by name.
    fn sums(&self) -> Vec<(Option<Arc<str>>, Counts)> {
        self.of(None);
        self.by_name().iter().map(|(name, metrics)| (name.clone(), metrics.sum())).collect()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics { parts: std::array::from_fn(|_| Part::default()) }
    }
}

impl Metrics {
    /// Counts a request that is over.
    pub fn count(&self, finished: &Finished) {
        let kind = Kind { method: known(finished.method), status: finished.status, outcome: finished.outcome };
        let mut counts = self.parts[PART.with(|part| *part)].0.lock().expect("no panic while held");
        *counts.requests.entry(kind).or_default() += 1;
        counts.response_bytes += finished.bytes;
        counts.denied_memory += u64::from(finished.was_denied_memory);
        counts.seconds.count(&TIMES, finished.took.as_secs_f64());
        counts.cpu_seconds.count(&TIMES, finished.usage.cpu_us as f64 / 1e6);
        counts.memory_peak.count(&SIZES, finished.memory_peak as f64);
        counts.page_faults.count(&FAULTS, finished.usage.faults as f64);
    }

    /// All parts together.
    fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        for part in &self.parts {
            let counts = part.0.lock().expect("no panic while held");
            for (kind, count) in &counts.requests {
                *sum.requests.entry(*kind).or_default() += count;
            }
            sum.response_bytes += counts.response_bytes;
            sum.denied_memory += counts.denied_memory;
            sum.seconds.add(&counts.seconds);
            sum.cpu_seconds.add(&counts.cpu_seconds);
            sum.memory_peak.add(&counts.memory_peak);
            sum.page_faults.add(&counts.page_faults);
        }
        sum
    }
}

/// None for a method of no standard.
fn known(method: &Method) -> Option<&'static str> {
    METHODS.iter().find(|known| *known == method).map(Method::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::request::usage::Usage;
    use std::time::Duration;

    fn finished(method: &Method) -> Finished<'_> {
        Finished {
            application: None,
            peer: [127, 0, 0, 1].into(),
            method,
            path: "/",
            status: Some(200),
            bytes: 7,
            took: Duration::from_millis(3),
            usage: Usage { cpu_us: 100, faults: 9 },
            memory_peak: 5 << 20,
            was_denied_memory: false,
            outcome: Outcome::Ok,
            remarks: String::new(),
            site: None,
            ids: None,
            captured: None,
        }
    }

    #[test]
    fn threads_lose_no_count() {
        let metrics = Metrics::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| metrics.count(&finished(&Method::GET))));
            }
        });
        metrics.count(&finished(&Method::from_bytes(b"BREW").unwrap()));
        let sum = metrics.sum();
        let kind = |method| Kind { method, status: Some(200), outcome: Outcome::Ok };
        assert_eq!((sum.requests[&kind(Some("GET"))], sum.requests[&kind(None)]), (8000, 1));
        assert_eq!((sum.response_bytes, sum.page_faults.sum()), (7 * 8001, 9.0 * 8001.0));
    }
}
