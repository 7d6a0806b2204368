//! The pool: connections that are kept for whoever asks the same origin next.

use super::connect::Connector;
use super::fault::{self, Fault};
use http::{HeaderMap, Request, Response, header};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{self, Builder};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::RwLock;
use std::time::Duration;
use wasmtime_wasi_http::WasiBody;

/// Kept for each origin.
const IDLE: usize = 16;
/// And for how long: servers close theirs after a minute or so.
const IDLE_FOR: Duration = Duration::from_secs(30);
/// The most of a response's head.
const HEAD: usize = 128 << 10;
/// Bytes that one connection takes at most: what hyper has read and is to write, and TLS twice of both.
pub const CONNECTION: u64 = 4 * HEAD as u64;

type Pool = legacy::Client<Connector, WasiBody>;

pub struct Client {
    connector: Connector,
    pool: RwLock<Pool>,
}

impl Client {
    pub fn new(connector: Connector) -> Self {
        let pool = RwLock::new(pool_of(connector.clone()));
        Client { connector, pool }
    }

    /// Sends a request; gives the head of its response.
    pub async fn send(&self, mut request: Request<WasiBody>) -> Result<Response<Incoming>, Fault> {
        let connection = capture_connection(&mut request);
        let sent = self.pool().request(request);
        let response = sent.await.map_err(|error| fault::of_http(&error))?;
        if knows_who_asks(response.headers()) {
            forget(&connection);
        }
        Ok(response)
    }

    /// Where all connections are taken, those that only wait for a next request make room.
    fn pool(&self) -> Pool {
        if self.connector.is_full() {
            *self.pool.write().expect("no panic while held") = pool_of(self.connector.clone());
        }
        self.pool.read().expect("no panic while held").clone()
    }
}

fn pool_of(connector: Connector) -> Pool {
    Builder::new(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_FOR)
        .pool_max_idle_per_host(IDLE)
        .http1_max_buf_size(HEAD)
        .build(connector)
}

/// NTLM and Negotiate authenticate a connection and not a request (RFC 4559, section 6): the next one on it would be taken for
/// the same user's.
fn knows_who_asks(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let schemes = challenges.flat_map(|value| value.split([',', ' ']));
    schemes
        .into_iter()
        .any(|word| ["ntlm", "negotiate", "kerberos"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme)))
}

fn forget(connection: &CaptureConnection) {
    if let Some(connected) = &*connection.connection_metadata() {
        connected.poison();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_knows_who_asks_is_told_by_the_response() {
        let of = |value: &'static str| {
            knows_who_asks(&HeaderMap::from_iter([(header::WWW_AUTHENTICATE, value.parse().unwrap())]))
        };
        assert!(of("NTLM") && of("Negotiate oYG2") && of("Basic realm=a, ntlm"));
        assert!(!of("Basic realm=\"a\"") && !of("Bearer") && !knows_who_asks(&HeaderMap::new()));
    }
}
