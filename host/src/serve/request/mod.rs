//! One request: who asks, its body and its answer's, what it uses, and how it went.

pub mod authority;
pub mod connection_info;
pub mod cpu;
pub mod error;
pub mod forwarded;
pub mod lingering_body;
pub mod outcome;
pub mod record;
pub mod request_body;
pub mod response_body;
pub mod unsent;
pub mod usage;
