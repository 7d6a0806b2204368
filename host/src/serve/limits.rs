//! Every limit in one place, with its default and the reason for it.

use crate::cli::LimitArgs;
use crate::units::Size;
use std::num::NonZeroU32;
use std::time::Duration;

/// How often running guests are interrupted so that others on the same thread, and the clock, get their turn. Also
/// how exactly a deadline is kept.
pub const EPOCH: Duration = Duration::from_millis(10);

/// In epochs from now, more than any server lives; the engine adds it to the epochs that have passed.
pub const NO_DEADLINE: u64 = u64::MAX / 2;

/// After a failed accept: long enough not to spin, short enough not to be noticed.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What one request may use, and how many may run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Linear memory of one sandbox. 128 MiB holds Django with room for a request's work.
    pub memory: Size,
    /// From the request's arrival to the end of its answer. 30 s is gunicorn's default, too.
    pub timeout: Duration,
    /// Sandboxes at the same time, each with a slot of the pool. More than cores, as some wait for their clients.
    pub concurrency: NonZeroU32,
    /// For the request line and headers to arrive: an idle or slow connection costs a socket, no sandbox.
    pub header_timeout: Duration,
}

impl From<LimitArgs> for Limits {
    fn from(args: LimitArgs) -> Self {
        Limits {
            memory: args.memory,
            timeout: args.timeout,
            concurrency: args.concurrency,
            header_timeout: Duration::from_secs(30),
        }
    }
}
