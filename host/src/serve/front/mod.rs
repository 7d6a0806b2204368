//! HTTP as it comes through sockets: connections, their two protocols, and what of answers waits to leave.

pub mod connections;
mod framing;
mod guard;
pub mod line;
pub mod outbox;
pub mod peer;
pub mod piece;
mod refusal;
pub mod server;
mod socket;
pub mod stream;
pub mod tls;
mod wire;
