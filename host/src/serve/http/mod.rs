//! HTTP over sockets: connections, both protocol versions, and responses on their way out.

pub mod batch;
pub mod client_probe;
pub mod connections;
pub mod framing;
pub mod front;
pub mod guard;
pub mod peer;
pub mod piece;
pub mod proxy_protocol;
pub mod refusal;
pub mod socket;
pub mod stream;
pub mod tls;
pub mod transport;
pub mod wire;
