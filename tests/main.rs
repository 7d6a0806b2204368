//! The `wasgi` command over real HTTP: every test starts the real binary and asks it as a client would.
//!
//! `apps/` holds one tiny application per behaviour, `harness/` what starts a server in one line.

mod build;
mod cluster;
mod databases;
mod engines;
mod gateway;
mod harness;
mod http;
mod network;
mod outgoing;
mod sandbox;
mod serve;
