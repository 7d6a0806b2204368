//! Requests of sandboxes to others: only to origins that are named, within limits, each with its line in the log.
//!
//! Connections are the host's. They are kept, so that a fresh sandbox finds a warm one, and carry nothing from one request to
//! the next but the bytes of HTTP/1.1: one that ended in the middle of an exchange, or that knows who asks, is closed.

pub mod addresses;
pub mod args;
mod body;
mod call;
mod client;
mod connect;
pub mod fault;
pub mod gate;
pub mod origin;
pub mod resolver;
pub mod sandbox;
mod tls;
mod used;
