//! What the server tells others of itself and its requests, and whom it believes.

use super::http::peer::Peer;
use super::request::forwarded::Proxies;
use super::request::ids::Ids;
use http::Request;
use std::sync::Arc;

/// What the server reveals of itself, and which proxies it trusts.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    /// The usage goes into a response header.
    pub usage: bool,
    pub proxies: Proxies,
    /// Those of Unix sockets: only programs of this machine connect to one.
    pub local_proxies: Proxies,
    /// Where the application is mounted: empty, or `/` and a name.
    pub script_name: Arc<str>,
    /// Each request gets identifiers.
    pub request_ids: bool,
    /// And a span of the server's own, which is recorded.
    pub spans: bool,
}

impl Exposure {
    /// Those that speak for the clients of this peer.
    pub fn proxies_of(&self, peer: &Peer) -> &Proxies {
        if peer.is_unix { &self.local_proxies } else { &self.proxies }
    }

    /// A request's identifiers: as its proxy has them, or new ones.
    pub fn ids<B>(&self, request: &Request<B>, peer: &Peer) -> Option<Arc<Ids>> {
        let is_trusted = || self.proxies_of(peer).trust(peer.address.ip().to_canonical());
        self.request_ids.then(|| {
            let ids = Ids::of(request.headers(), is_trusted());
            Arc::new(if self.spans { ids.with_span() } else { ids })
        })
    }
}
