//! The metrics by name. docs/reference/metrics.md lists them.

use super::histogram::Histogram;
use super::{Counts, FAULTS, Metrics, SIZES, TIMES, process};
use crate::memory::verify;
use crate::serve::admin::State;
use crate::terminal::log;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;
use std::sync::Arc;

/// Reads everything when it is asked.
pub struct Exported {
    pub metrics: Arc<Metrics>,
    pub state: Arc<State>,
}

impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Exported")
    }
}

impl Collector for Exported {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut out = Out(encoder);
        out.requests(&self.metrics.sum())?;
        out.server(&self.state)?;
        out.safety()?;
        out.process(&self.state)
    }
}

struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn requests(&mut self, counts: &Counts) -> fmt::Result {
        let mut family =
            self.0.encode_descriptor("wasgi_requests", "Requests that are over", None, MetricType::Counter)?;
        for (kind, count) in &counts.requests {
            let status = kind.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            let labels =
                [("method", kind.method.unwrap_or("other")), ("status", &status), ("outcome", kind.outcome.word())];
            counted(&mut family.encode_family(&labels)?, *count)?;
        }
        self.counter("wasgi_response_bytes", "Bytes of response bodies", counts.response_bytes)?;
        self.counter(
            "wasgi_memory_cap_reached",
            "Requests to which the cap refused memory, however they ended",
            counts.denied_memory,
        )?;
        self.histogram("wasgi_request_duration_seconds", "From head to end of response", &counts.seconds, &TIMES)?;
        self.histogram("wasgi_request_cpu_seconds", "CPU time of guests", &counts.cpu_seconds, &TIMES)?;
        self.histogram("wasgi_request_memory_peak_bytes", "Peak of linear memory", &counts.memory_peak, &SIZES)?;
        self.histogram(
            "wasgi_request_page_faults",
            "Page faults of guests: pages written for the first time",
            &counts.page_faults,
            &FAULTS,
        )
    }

    fn server(&mut self, state: &State) -> fmt::Result {
        self.gauge("wasgi_ready", "1 while requests are answered and no end is near", u64::from(state.is_ready()))?;
        let Some(load) = state.load() else { return Ok(()) };
        self.counter("wasgi_reloads", "Times that the application was exchanged", load.reloads)?;
        self.gauge("wasgi_requests_active", "Requests that have a sandbox", load.active)?;
        self.gauge("wasgi_requests_queued", "Requests that wait for a sandbox", load.queued)?;
        self.gauge("wasgi_sandboxes_prepared", "Sandboxes that wait for a request", load.prepared)?;
        self.gauge("wasgi_sandboxes_limit", "--concurrency", load.sandboxes)?;
        self.gauge("wasgi_queue_limit", "--queue", load.queue)?;
        self.gauge("wasgi_connections", "Open connections", load.connections)?;
        self.gauge("wasgi_connections_limit", "--connections", load.connections_limit)
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

    fn histogram<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        histogram: &Histogram<N>,
        bounds: &[f64; N],
    ) -> fmt::Result {
        let buckets = histogram.buckets(bounds);
        let count = buckets.iter().map(|(_, count)| count).sum();
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        encoder.encode_histogram::<NoLabelSet>(histogram.sum(), count, &buckets, None)
    }
}

fn counted(encoder: &mut MetricEncoder, count: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, u64, f64>(&count, None)
}
