//! Connections that sandboxes open to others, where they are granted.

mod attacks;
mod connections;
mod engines;
mod others;
mod tls;
