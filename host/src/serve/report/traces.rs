//! Spans of requests, for a collector of OpenTelemetry's: OTLP over HTTP, in JSON.
//!
//! The SDK's thread sends batches; a collector that is slow or gone costs spans and nothing else.

use super::Finished;
use super::collector::Collector;
use crate::serve::request::ids::Span;
use anyhow::Result;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use std::time::{Duration, SystemTime};

/// From one batch to the next.
const INTERVAL: Duration = Duration::from_secs(1);
/// For the last batch, when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// Lives once.
pub struct Traces {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
}

impl Traces {
    /// Sends spans of this service's to a collector from now on. The SDK's own variables name more of it
    /// (`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`).
    ///
    /// # Errors
    /// When the system has no thread or descriptor for it.
    pub fn to(collector: &Collector) -> Result<Self> {
        let exporter = SpanExporter::builder().with_http().with_http_client(collector.client()?);
        let exporter = exporter.with_protocol(Protocol::HttpJson).with_endpoint(collector.endpoint()).build()?;
        let config = BatchConfigBuilder::default().with_scheduled_delay(INTERVAL).build();
        let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
        let resource = Resource::builder();
        let resource = if named { resource } else { resource.with_service_name("wasgi") };
        processor.set_resource(&resource.build());
        let version = env!("CARGO_PKG_VERSION");
        Ok(Traces { processor, scope: InstrumentationScope::builder("wasgi").with_version(version).build() })
    }

    /// Records a request that is over, unless its caller has decided otherwise.
    pub fn record(&self, finished: &Finished) {
        let Some(span) = finished.ids.and_then(|ids| ids.span()).filter(|span| span.is_sampled) else { return };
        let end_time = SystemTime::now();
        self.processor.on_end(SpanData {
            span_context: context(span),
            parent_span_id: SpanId::from_bytes(span.parent),
            parent_span_is_remote: span.parent != [0; 8],
            span_kind: SpanKind::Server,
            // A method of no standard could be any text.
            name: finished.method.to_string().into(),
            start_time: end_time - finished.took,
            end_time,
            attributes: attributes(finished),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: status(finished),
            instrumentation_scope: self.scope.clone(),
        });
    }

    /// Sends the last ones.
    pub fn end(&self) {
        let _ = self.processor.shutdown_with_timeout(FAREWELL);
    }
}

fn context(span: &Span) -> SpanContext {
    let (trace, id) = (TraceId::from_bytes(span.trace), SpanId::from_bytes(span.id));
    SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE)
}

/// OpenTelemetry's semantic conventions of HTTP servers, and wasgi's own.
fn attributes(finished: &Finished) -> Vec<KeyValue> {
    let number = |number: u64| Value::I64(i64::try_from(number).unwrap_or(i64::MAX));
    let mut attributes = vec![
        KeyValue::new("http.request.method", finished.method.to_string()),
        KeyValue::new("url.path", finished.path.to_owned()),
        KeyValue::new("client.address", finished.peer.to_string()),
        KeyValue::new("http.response.body.size", number(finished.bytes)),
        KeyValue::new("wasgi.outcome", finished.outcome.word()),
        KeyValue::new("wasgi.cpu_us", number(finished.usage.cpu_us)),
        KeyValue::new("wasgi.page_faults", number(finished.usage.faults)),
        KeyValue::new("wasgi.memory_peak", number(finished.memory_peak)),
    ];
    attributes.extend(finished.ids.map(|ids| KeyValue::new("wasgi.request_id", ids.request().to_owned())));
    attributes.extend(finished.status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))));
    attributes.extend(finished.application.map(|name| KeyValue::new("wasgi.application", name.to_owned())));
    attributes.extend(finished.site.map(|site| KeyValue::new("wasgi.site", site.to_string())));
    if matches!(status(finished), Status::Error { .. }) {
        attributes.push(KeyValue::new("error.type", finished.outcome.word()));
    }
    attributes
}

/// A client's own fault is none of the server's.
fn status(finished: &Finished) -> Status {
    match finished.status {
        Some(..500) => Status::Unset,
        _ => Status::error(finished.outcome.word()),
    }
}
