//! The admin's pages.

use super::State;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use std::convert::Infallible;
use std::sync::Arc;

/// OpenMetrics 1.0, which Prometheus reads.
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

pub struct Pages {
    pub state: Arc<State>,
    pub registry: Registry,
}

impl Pages {
    pub async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n");
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Ok(refused);
        }
        Ok(match request.uri().path() {
            "/metrics" => self.metrics(),
            "/livez" if self.state.is_alive().await => plain(StatusCode::OK, "alive\n"),
            "/livez" => plain(StatusCode::SERVICE_UNAVAILABLE, "the serving threads take up no work\n"),
            "/readyz" => match self.state.why_not_ready() {
                None => plain(StatusCode::OK, format!("ready\n{}", self.state.applications())),
                Some(why) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            },
            _ => plain(StatusCode::NOT_FOUND, "/metrics, /livez, /readyz\n"),
        })
    }

    fn metrics(&self) -> Response<Full<Bytes>> {
        let mut encoded = String::new();
        match text::encode(&mut encoded, &self.registry) {
            Ok(()) => response(StatusCode::OK, METRICS, encoded),
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written\n"),
        }
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    response(status, PLAIN, text)
}

fn response(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
