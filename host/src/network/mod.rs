//! Connections of sandboxes to others by wasi:sockets: only to whom `--allow-net` names, within limits, each with its line in
//! the log.
//!
//! Who may connect to whom is decided when a name is resolved, and again, by address, when a connection is made. All of a
//! sandbox's sockets are closed with it.

mod addresses;
pub mod args;
mod connection;
pub mod gate;
mod grant;
pub mod link;
mod lookup;
pub mod sandbox;
mod socket;
mod streams;
mod tcp;
mod udp;
