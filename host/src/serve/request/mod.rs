//! One request: its connection, its body and the response's, what it uses, and how it ended.

pub mod authority;
pub mod checks;
pub mod connection_info;
pub mod content;
pub mod cpu;
pub mod error;
pub mod forwarded;
pub mod ids;
pub mod lingering_body;
pub mod outcome;
pub mod owner;
pub mod record;
pub mod request_body;
pub mod response_body;
pub mod unsent;
pub mod usage;
