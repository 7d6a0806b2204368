//! HTTP in front, a fresh sandbox for every request behind.

pub mod admin;
pub mod admission;
pub mod component;
pub mod exposure;
pub mod files;
pub mod handover;
pub mod http;
pub mod in_process;
pub mod lifetime;
pub mod limits;
pub mod listen;
pub mod manager;
pub mod metrics;
pub mod options;
pub mod queue;
pub mod reload;
pub mod renewal;
pub mod report;
pub mod request;
pub mod sandbox;
pub mod server;
pub mod service;
pub mod setup;
pub mod signals;
pub mod worker;
pub mod worst_case;
