//! What the server tells of itself and of its clients, and whom it believes.

use crate::serve::http::peer::{Peer, Speaker};
use crate::serve::request::forwarded::{NOBODY, Proxies};
use crate::serve::request::ids::Ids;
use http::Request;
use std::sync::Arc;

/// What the server reveals of itself, and which proxies it trusts.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    pub proxies: Proxies,
    /// Those of Unix sockets: only programs of this machine connect to one.
    pub local_proxies: Proxies,
    /// Each request gets identifiers.
    pub request_ids: bool,
    /// And a span of the server's own, which is recorded.
    pub spans: bool,
    /// Connections begin with what a proxy says of its client.
    pub proxied: bool,
}

impl Exposure {
    /// Whose words of a connection about its client are believed.
    pub fn proxies_of(&self, peer: &Peer) -> &Proxies {
        match peer.speaker() {
            Speaker::Client => &self.proxies,
            Speaker::Neighbour => &self.local_proxies,
            Speaker::Unknown => &NOBODY,
        }
    }

    /// Whether a connection is a trusted proxy's.
    pub fn trusts(&self, peer: &Peer) -> bool {
        self.proxies_of(peer).trust(peer.client().ip().to_canonical())
    }

    /// A request's identifiers: as its proxy has them, or new ones.
    pub fn ids<B>(&self, request: &Request<B>, peer: &Peer) -> Option<Arc<Ids>> {
        self.request_ids.then(|| {
            let ids = Ids::of(request.headers(), self.trusts(peer));
            Arc::new(if self.spans { ids.with_span() } else { ids })
        })
    }
}
