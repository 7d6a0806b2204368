//! Binary upgrade: on SIGUSR2 a server starts the program anew, hands its listening sockets over, and leaves once the
//! new process answers. So do nginx and gunicorn.
//!
//! The sockets are the same in both processes, so a connection that waits in one is accepted by either. The new process
//! finds their descriptors in a variable; a pipe tells the old one that the new one is ready, or, by its end, that it
//! never will be.

mod heir;
mod legacy;
mod origin;

pub use heir::{Heir, Sockets};
pub use legacy::{Legacy, Ready};
pub use origin::remember;

use super::listen::Handed;
use serde::{Deserialize, Serialize};
use std::os::fd::RawFd;

/// Names what is handed over, as JSON. No option has this name.
const VARIABLE: &str = "WASGI_HANDED_OVER";

/// What the old process tells the new one.
#[derive(Deserialize, Serialize)]
struct Will {
    /// The process that hands over: the variable is for its child alone, not for those that inherit it from there.
    from: u32,
    /// The pipe on which the child tells that it is ready.
    ready: RawFd,
    listeners: Vec<Handed>,
    admin: Vec<Handed>,
}
