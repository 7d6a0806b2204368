//! Requests through the whole server but its listening sockets.

use crate::engine::artifact::Compiled;
use crate::serve::applications::Applications;
use crate::serve::http::front::Front;
use crate::serve::http::transport::Transport;
use crate::serve::listen::Ends;
use crate::serve::report::Reports;
use crate::serve::route::Route;
use crate::serve::service::USAGE;
use crate::serve::setup::{Setup, Whole};
use crate::units::Size;
use anyhow::Result;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UnixStream;

/// A header of a checked request: the method that the application is to see (`wasgi_guest/checking.py`).
const METHOD: &str = "wasgi-check";

/// Asks a server that has no other clients.
pub struct Client(Arc<Front>);

/// A whole answer.
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
    /// From the request to the end of the body.
    pub took: Duration,
    /// How the request ended, as the log has it.
    pub outcome: String,
    /// The most memory of its sandbox.
    pub memory: Size,
}

impl Client {
    /// Starts the server. Must be called in the serving runtime.
    ///
    /// # Errors
    /// When no sandbox can be made of the application.
    pub async fn of(whole: &Whole, setup: &Setup, compiled: &Compiled) -> Result<Self> {
        let (factory, most) = setup.factory(compiled).await?;
        let applications = Applications::new(whole.exposure.clone(), Arc::<Reports>::default(), None, whole.limits);
        applications.serve(setup, Route::default(), factory, most.of_all().0);
        Ok(Client(Front::new(Arc::new(applications), None, whole.limits, whole.connections)))
    }

    /// Requests a target, on a connection of its own.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn get(&self, target: &str) -> Result<Answer> {
        self.ask(Request::get(target)).await
    }

    /// Has a request of this method examined; the answer's body is the report.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn examine(&self, method: &str, target: &str) -> Result<Answer> {
        self.ask(Request::get(target).header(METHOD, method)).await
    }

    async fn ask(&self, request: http::request::Builder) -> Result<Answer> {
        let (ours, theirs) = UnixStream::pair()?;
        let here = (Ipv4Addr::LOCALHOST, 0).into();
        self.0.serve(Transport::Unix(theirs), Ends { peer: here, local: here, is_unix: true }).await;
        let (mut sender, connection) = http1::handshake(TokioIo::new(ours)).await?;
        let connection = tokio::spawn(connection);
        let request = request.header(header::HOST, "localhost").header(header::ACCEPT, "*/*");
        let began = Instant::now();
        let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        let took = began.elapsed();
        connection.abort();
        let memory = Size(usage(&head.headers, "memory").and_then(|bytes| bytes.parse().ok()).unwrap_or(0));
        let outcome = usage(&head.headers, "outcome").unwrap_or_default().to_owned();
        Ok(Answer { status: head.status, body, took, outcome, memory })
    }
}

/// An entry of the header that says what a request used.
fn usage<'h>(headers: &'h HeaderMap, key: &str) -> Option<&'h str> {
    let entries = headers.get(USAGE)?.to_str().ok()?.split(", ");
    entries.filter_map(|entry| entry.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
}
