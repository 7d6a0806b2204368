//! Where spans go, and how.

use crate::terminal::console;
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry_http::{HttpClient, HttpError};
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// For one batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer, which says how many spans were refused.
const ANSWER: usize = 1 << 20;

/// A collector's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(Uri);

impl FromStr for Collector {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        const FORM: &str = "write http://HOST:4318";
        let uri: Uri = text.parse().context(FORM)?;
        ensure!(uri.authority().is_some() && uri.scheme().is_some(), FORM);
        ensure!(
            uri.scheme() == Some(&Scheme::HTTP),
            "only http:// is spoken: a collector beside the server takes spans on by TLS"
        );
        let mut parts = uri.into_parts();
        // OTLP's specification, "OTLP/HTTP Request": the default path.
        let path = parts.path_and_query.filter(|path| path.path() != "/");
        parts.path_and_query = Some(path.unwrap_or(PathAndQuery::from_static("/v1/traces")));
        Ok(Collector(Uri::from_parts(parts)?))
    }
}

impl Collector {
    pub fn endpoint(&self) -> String {
        self.0.to_string()
    }

    /// # Errors
    /// When the system has no descriptor for it.
    pub fn client(&self) -> Result<Client> {
        let http = Http::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build_http();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Client { http, runtime: Mutex::new(runtime), is_failing: AtomicBool::new(false) })
    }
}

/// Sends batches, one after the other.
#[derive(Debug)]
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    /// The SDK's thread has none, and the one that serves is for requests.
    runtime: Mutex<Runtime>,
    /// The last batch could not be sent.
    is_failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Client {
    /// Blocks: only the SDK's thread calls it.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let endpoint = request.uri().clone();
        let exchange = async {
            let (head, body) = self.http.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, ANSWER).collect().await?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        let runtime = self.runtime.lock().expect("no panic while held");
        let sent = runtime.block_on(async { tokio::time::timeout(PATIENCE, exchange).await? });
        self.tell(&endpoint, &sent);
        sent
    }
}

impl Client {
    /// Says once that the collector does not take spans.
    fn tell(&self, endpoint: &Uri, sent: &Result<Response<Bytes>, HttpError>) {
        let failed = match sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.is_failing.swap(failed.is_some(), Relaxed);
        if let Some(why) = failed.filter(|_| !was_failing) {
            console::warning(&format!("wasgi: cannot send spans to {endpoint}: {why}: they are lost"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_one_of_otlp_unless_another_is_named() {
        let endpoint = |text: &str| text.parse::<Collector>().unwrap().endpoint();
        assert_eq!(endpoint("http://127.0.0.1:4318"), "http://127.0.0.1:4318/v1/traces");
        assert_eq!(endpoint("http://collector:4318/"), "http://collector:4318/v1/traces");
        assert_eq!(endpoint("http://collector/otlp/v1/traces"), "http://collector/otlp/v1/traces");
        for (text, why) in [("https://c:4318", "only http://"), ("c:4318", "write http://"), ("/c", "write http://")] {
            let error = text.parse::<Collector>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
