//! What resolves names.

use super::fault::{Code, Fault};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Names that are looked up at once: each takes a thread until the resolver gives up, whoever waits.
const LOOKUPS: usize = 16;

/// What asks the system; it blocks.
type Lookup = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Clones share their limit.
#[derive(Clone)]
pub struct Resolver {
    lookup: Arc<Lookup>,
    lookups: Arc<Semaphore>,
}

impl Default for Resolver {
    fn default() -> Self {
        Resolver::played(|name, port| Ok((name, port).to_socket_addrs()?.collect()))
    }
}

impl Resolver {
    /// One that asks `lookup`.
    pub fn played(lookup: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> Self {
        Resolver { lookup: Arc::new(lookup), lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }

    /// Gives at least one address.
    pub async fn resolve(&self, name: String, port: u16) -> Result<Vec<SocketAddr>, Fault> {
        let place = self.lookups.clone().acquire_owned().await.expect("never closed");
        let lookup = self.lookup.clone();
        let found = tokio::task::spawn_blocking(move || {
            let _place = place;
            lookup(&name, port)
        });
        match found.await {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            Ok(Ok(_)) => Err(Code::NameUnknown.into()),
            Ok(Err(error)) => Err(Code::NameUnknown.because(error)),
            Err(error) => Err(Code::NameTimeout.because(error)),
        }
    }
}
