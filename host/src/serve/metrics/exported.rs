//! The metrics by name. docs/reference/metrics.md lists them.

use super::histogram::Histogram;
use super::{AllMetrics, Counts, FAULTS, SIZES, TIMES, process};
use crate::memory::verify;
use crate::serve::admin::{Load, State};
use crate::terminal::log;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;
use std::sync::Arc;

/// Reads everything when it is asked.
pub struct Exported {
    pub metrics: Arc<AllMetrics>,
    pub state: Arc<State>,
}

impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Exported")
    }
}

/// The label of an application, where several run.
type Label = Vec<(&'static str, String)>;
/// Of each application, with its label.
type Sums = [(Option<Arc<str>>, Counts)];

fn label(application: Option<&Arc<str>>) -> Label {
    application.map(|name| ("application", name.to_string())).into_iter().collect()
}

impl Collector for Exported {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut out = Out(encoder);
        out.requests(&self.metrics.sums())?;
        out.server(&self.state)?;
        out.safety()?;
        out.process(&self.state)
    }
}

struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn requests(&mut self, sums: &Sums) -> fmt::Result {
        let mut family =
            self.0.encode_descriptor("wasgi_requests", "Requests that are over", None, MetricType::Counter)?;
        for (application, counts) in sums {
            for (kind, count) in &counts.requests {
                let status = kind.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                let method = kind.method.unwrap_or("other");
                let of_kind = [("method", method), ("status", &status), ("outcome", kind.outcome.word())];
                let labels = (label(application.as_ref()), of_kind);
                counted(&mut family.encode_family(&labels)?, *count)?;
            }
        }
        self.sum("wasgi_response_bytes", "Bytes of response bodies", sums, |counts| counts.response_bytes)?;
        self.sum(
            "wasgi_memory_cap_reached",
            "Requests to which the cap refused memory, however they ended",
            sums,
            |counts| counts.denied_memory,
        )?;
        let duration = "From head to end of response";
        self.histogram("wasgi_request_duration_seconds", duration, sums, |counts| &counts.seconds, &TIMES)?;
        self.histogram("wasgi_request_cpu_seconds", "CPU time of guests", sums, |counts| &counts.cpu_seconds, &TIMES)?;
        let peak = "Peak of linear memory";
        self.histogram("wasgi_request_memory_peak_bytes", peak, sums, |counts| &counts.memory_peak, &SIZES)?;
        let faults = "Page faults of guests: pages written for the first time";
        self.histogram("wasgi_request_page_faults", faults, sums, |counts| &counts.page_faults, &FAULTS)
    }

    fn server(&mut self, state: &State) -> fmt::Result {
        self.gauge("wasgi_ready", "1 while requests are answered and no end is near", u64::from(state.is_ready()))?;
        let Some(front) = state.front() else { return Ok(()) };
        let loads = front.loads();
        let exchanged = "Times that the application was exchanged";
        let mut reloads = self.0.encode_descriptor("wasgi_reloads", exchanged, None, MetricType::Counter)?;
        for load in &loads {
            counted(&mut reloads.encode_family(&label(load.application.as_ref()))?, load.reloads)?;
        }
        self.load("wasgi_requests_active", "Requests that have a sandbox", &loads, |load| load.active)?;
        self.load("wasgi_requests_queued", "Requests that wait for a sandbox", &loads, |load| load.queued)?;
        self.load("wasgi_sandboxes_prepared", "Sandboxes that wait for a request", &loads, |load| load.prepared)?;
        self.load("wasgi_sandboxes_limit", "--concurrency", &loads, |load| load.sandboxes)?;
        self.load("wasgi_queue_limit", "--queue", &loads, |load| load.queue)?;
        let (connections, limit) = front.connections();
        self.gauge("wasgi_connections", "Open connections", connections)?;
        self.gauge("wasgi_connections_limit", "--connections", limit)
    }

    /// The proof that nothing of a request stays.
    fn safety(&mut self) -> fmt::Result {
        self.counter("wasgi_resets_verified", "Resets compared with the snapshot byte for byte", verify::verified())?;
        self.counter("wasgi_reset_differences", "Resets that were not complete", verify::differences())?;
        self.counter("wasgi_log_lines_lost", "Lines that came faster than they were read", log::lost())
    }

    fn process(&mut self, state: &State) -> fmt::Result {
        let labels = [("version", env!("CARGO_PKG_VERSION")), ("python", env!("PYTHON_SERIES"))];
        let kind = MetricType::Info;
        self.0.encode_descriptor("wasgi_build", "What serves", None, kind)?.encode_info(&labels)?;
        let mut cpu =
            self.0.encode_descriptor("process_cpu_seconds", "CPU time of the server", None, MetricType::Counter)?;
        cpu.encode_counter::<NoLabelSet, f64, f64>(&process::cpu_seconds(), None)?;
        self.gauge("process_start_time_seconds", "Since 1970", state.began())?;
        if let Some(bytes) = process::resident_bytes() {
            self.gauge("process_resident_memory_bytes", "Resident memory of the server", bytes)?;
        }
        if let Some(open) = process::open_descriptors() {
            self.gauge("process_open_fds", "File descriptors of the server", open)?;
        }
        Ok(())
    }

    fn counter(&mut self, name: &str, help: &str, count: u64) -> fmt::Result {
        counted(&mut self.0.encode_descriptor(name, help, None, MetricType::Counter)?, count)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    /// A counter of each application.
    fn sum(&mut self, name: &str, help: &str, sums: &Sums, count: impl Fn(&Counts) -> u64) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (application, counts) in sums {
            counted(&mut family.encode_family(&label(application.as_ref()))?, count(counts))?;
        }
        Ok(())
    }

    /// A gauge of each application.
    fn load(&mut self, name: &str, help: &str, loads: &[Load], value: impl Fn(&Load) -> u64) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for load in loads {
            family.encode_family(&label(load.application.as_ref()))?.encode_gauge(&value(load))?;
        }
        Ok(())
    }

    /// A histogram of each application.
    fn histogram<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        sums: &Sums,
        of: impl Fn(&Counts) -> &Histogram<N>,
        bounds: &[f64; N],
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (application, counts) in sums {
            let histogram = of(counts);
            let buckets = histogram.buckets(bounds);
            let count = buckets.iter().map(|(_, count)| count).sum();
            let labels = label(application.as_ref());
            let mut encoder = family.encode_family(&labels)?;
            encoder.encode_histogram::<NoLabelSet>(histogram.sum(), count, &buckets, None)?;
        }
        Ok(())
    }
}

fn counted(encoder: &mut MetricEncoder, count: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, u64, f64>(&count, None)
}
