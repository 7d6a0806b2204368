//! What one sandbox has of this: its sockets, its share of the limits, and what names led to.

use super::connection::Connection;
use super::gate::Network;
use crate::budget::Budget;
use crate::outgoing::sandbox::Asking;
use crate::terminal::console;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use tokio_util::sync::CancellationToken;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

const BEYOND_BYTES: &str = "wasgi: a request sends and gets more by sockets than --net-bytes allows: it sees OSError";
/// Names that a sandbox may look up: each takes a thread of the server's until it is answered.
const LOOKUPS: u32 = 256;
/// Addresses that a sandbox's names lead to, which are remembered; further ones are not told.
const KNOWN: usize = 4096;

/// Lives for one request.
pub struct Sockets {
    network: Arc<Network>,
    asking: Option<Asking>,
    budget: Arc<Budget>,
    /// By the socket's handle.
    open: HashMap<u32, Arc<Connection>>,
    /// By the handle of a stream for datagrams. One that is gone may be here still.
    streams: HashMap<u32, Weak<Connection>>,
    known: Arc<Known>,
    lookups_left: u32,
}

/// By address, the names that led there.
#[derive(Default)]
pub struct Known(Mutex<HashMap<IpAddr, Vec<String>>>);

impl Known {
    pub fn names(&self, address: IpAddr) -> Vec<String> {
        self.0.lock().expect("no panic while held").get(&address).cloned().unwrap_or_default()
    }

    /// Remembers where a name led; gives the addresses that are new or were known.
    pub fn learn(&self, name: &str, addresses: Vec<IpAddr>) -> Vec<IpAddr> {
        let mut known = self.0.lock().expect("no panic while held");
        let mut told = vec![];
        for address in addresses {
            if known.len() >= KNOWN && !known.contains_key(&address) {
                continue;
            }
            let names = known.entry(address).or_default();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            told.push(address);
        }
        told
    }
}

impl Sockets {
    pub fn new(network: Arc<Network>) -> Self {
        let budget = Budget::new(network.limits.net_bytes.0, BEYOND_BYTES);
        Sockets {
            network,
            asking: None,
            budget,
            open: HashMap::new(),
            streams: HashMap::new(),
            known: Arc::default(),
            lookups_left: LOOKUPS,
        }
    }

    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    pub fn known(&self) -> &Arc<Known> {
        &self.known
    }

    /// Counts one more lookup; whether the sandbox may have it.
    pub fn looks_up(&mut self) -> bool {
        let left = self.lookups_left.checked_sub(1);
        self.lookups_left = left.unwrap_or(0);
        left.is_some()
    }

    /// Called when its request is there.
    pub fn belongs_to(&mut self, asking: Asking) {
        self.asking = Some(asking);
    }

    /// Cancelled when nothing is waited for any more.
    pub fn over(&self) -> CancellationToken {
        self.asking.as_ref().map_or_else(CancellationToken::new, |asking| asking.over.clone())
    }

    /// As its lines in the log begin.
    pub fn name(&self) -> Arc<str> {
        self.asking.as_ref().map_or_else(|| "-".into(), |asking| asking.name.clone())
    }

    /// Lets wasmtime-wasi's sockets for UDP do what is granted: it asks of each address at the moment when it is used.
    pub fn grant(&self, wasi: &mut WasiCtxBuilder) {
        let (network, known) = (self.network.clone(), self.known.clone());
        wasi.allow_udp(true).socket_addr_check(move |place, purpose| {
            let allowed = match purpose {
                SocketAddrUse::UdpBind => place.ip().is_unspecified() && place.port() == 0,
                SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => network.allows(place, &known.names(place.ip())),
                _ => false,
            };
            Box::pin(async move { allowed }) as Pin<Box<dyn Future<Output = bool> + Send + Sync>>
        });
    }

    /// Whether a socket may connect there. If not, the log says so.
    pub fn check(&self, connection: &Connection, place: SocketAddr) -> bool {
        let names = self.known.names(place.ip());
        let to = names.first().map_or_else(|| place.to_string(), |name| format!("{name}:{}", place.port()));
        connection.begins(&to, place);
        let allowed = self.network.allows(place, &names);
        if !allowed {
            connection.failed(&format!("denied (--allow-net {to} lets it connect)"));
        }
        allowed
    }

    /// The connection that a new socket will be; None where there are too many.
    pub fn opens(&self, kind: &'static str) -> Option<Arc<Connection>> {
        let limits = &self.network.limits;
        if self.open.len() >= limits.net_sockets.get() as usize {
            return None;
        }
        let Ok(place) = self.network.places.clone().try_acquire_owned() else {
            console::warning(&format!(
                "{} net: all sockets of this server are in use (--net-connections)",
                self.name()
            ));
            return None;
        };
        Some(Arc::new(Connection::new(self.name(), kind, self.budget.clone(), place)))
    }

    pub fn opened(&mut self, handle: u32, connection: Arc<Connection>) {
        self.open.insert(handle, connection);
    }

    pub fn of(&self, handle: u32) -> Option<Arc<Connection>> {
        self.open.get(&handle).cloned()
    }

    pub fn streams(&mut self, connection: &Arc<Connection>, handles: [u32; 2]) {
        self.streams.extend(handles.map(|handle| (handle, Arc::downgrade(connection))));
    }

    pub fn of_stream(&self, handle: u32) -> Option<Arc<Connection>> {
        self.streams.get(&handle)?.upgrade()
    }

    pub fn closed(&mut self, handle: u32) {
        self.open.remove(&handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsed::parsed;

    fn sockets() -> Sockets {
        Sockets::new(Network::of(&parsed(&["--allow-net", "db.example.com:5432"])).unwrap())
    }

    #[test]
    fn a_sandbox_looks_up_so_many_names_and_no_more() {
        let mut sockets = sockets();
        assert_eq!((0..1000).filter(|_| sockets.looks_up()).count(), 256);
    }

    #[test]
    fn a_sandbox_remembers_so_many_addresses_and_no_more() {
        let sockets = sockets();
        let many = (0..5000u32).map(|number| IpAddr::from(std::net::Ipv4Addr::from_bits(number))).collect();
        assert_eq!(sockets.known().learn("db.example.com", many).len(), KNOWN);
        assert_eq!(sockets.known().names(std::net::Ipv4Addr::from_bits(7).into()), ["db.example.com"]);
    }
}
