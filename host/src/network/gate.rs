//! Who may connect to whom, and how much of it there may be.

use super::args::{Limits, NetworkArgs};
use super::grant::Grant;
use crate::outgoing::resolver::Resolver;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Bytes that the host keeps at most for one socket: what wasmtime-wasi reads and writes at once, each way.
const SOCKET: u64 = 128 << 10;

/// Lives once.
pub struct Network {
    grants: Vec<Grant>,
    pub(super) limits: Limits,
    pub(super) resolver: Resolver,
    /// One for each socket that there may be.
    pub(super) places: Arc<Semaphore>,
}

impl Network {
    /// None where nobody is named. Within the limits of file descriptors that the process has.
    pub fn of(args: &NetworkArgs) -> Option<Arc<Self>> {
        if args.allow_net.is_empty() {
            return None;
        }
        let limits = args.limits;
        let places = Arc::new(Semaphore::new(limits.most_connections()));
        Some(Arc::new(Network { grants: args.allow_net.clone(), limits, resolver: Resolver::default(), places }))
    }

    /// What a guest is told: whom it may connect to, and how long that may take.
    pub fn told(&self) -> impl Iterator<Item = String> {
        let timeout = format!("wasgi:net-timeout={}", self.limits.net_timeout.as_millis());
        self.grants.iter().map(|grant| format!("wasgi:net={grant}")).chain([timeout])
    }

    /// Handles of the host's that a sandbox takes for its sockets.
    pub fn handles(&self) -> usize {
        self.limits.handles()
    }

    /// Bytes that the host keeps at most for a sandbox's sockets, beside handles.
    pub fn most(&self) -> u64 {
        SOCKET * u64::from(self.limits.net_sockets.get())
    }

    /// Whether a name may be resolved.
    pub fn knows(&self, name: &str) -> bool {
        self.grants.iter().any(|grant| grant.trust(name).is_some())
    }

    /// Whether a name may lead there, to any port.
    pub fn may_lead_to(&self, name: &str, address: IpAddr) -> bool {
        self.grants.iter().filter_map(|grant| grant.trust(name)).any(|trust| trust.may_lead_to(address))
    }

    /// Whether sockets may connect there; `names` are those that led there.
    pub fn allows(&self, place: SocketAddr, names: &[String]) -> bool {
        self.grants.iter().any(|grant| grant.allows(place, names))
    }
}
