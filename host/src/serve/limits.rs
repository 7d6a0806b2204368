//! Every limit in one place, with its default and the reason for it; `wasgi serve --help` shows this list.

use crate::machine;
#[cfg(test)]
use crate::parsed::parsed;
use crate::units::{self, Size};
use clap::Args;
use std::num::NonZeroU32;
use std::time::Duration;

/// Core module instances, memories and tables that a sandbox may have. wasgi's own have fewer than ten; some
/// compositions have dozens.
pub const MODULES: usize = 100;

/// Bytes that a guest may pass to the host in one call. Streams accept at most 64 KiB at once, and all headers of a
/// response are within `--response-headers`.
pub const HOSTCALL: usize = 2 << 20;

/// One in this many sandboxes may run `close()` for a client that has left: with more, clients could keep others out by
/// coming and going.
const ORPHANS: usize = 4;

/// The least that a client must read of its pending response, in bytes per `--send-timeout`. A slow modem reads ten
/// times as much, and a client cannot hold the host's memory for ever.
pub const LEAST_TAKEN: u64 = 16 << 10;

/// The most that a guest writes to its response at once.
pub const ANSWER_CHUNK: usize = 64 << 10;
/// How many chunks a guest may be ahead of its client, beside the one being sent: the host takes a page of a megabyte
/// at once, and the sandbox is free for others, however slow the client.
pub const CHUNKS_AHEAD: usize = 16;

/// After a failed accept: long enough not to spin, short enough not to be noticed.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What one request may use, and how many may run.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Linear memory of one sandbox; beyond it Python sees MemoryError. Flask takes 32 MiB at rest
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = machine::memory_cap)]
    pub memory: Size,
    /// Time from the start of a request's sandbox to the end of its answer (504). gunicorn's default
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub timeout: Duration,
    /// Sandboxes at the same time: more than cores, as some wait for their clients.
    /// The server prints at its start the most memory that one takes, and all of them
    #[arg(long, value_name = "N", default_value = "64")]
    pub concurrency: NonZeroU32,
    /// Requests that wait for a sandbox; the next one gets 503 with Retry-After
    #[arg(long, value_name = "N", default_value = "256")]
    pub queue: u32,
    /// Connections; for one more, the longest idle one is closed, or the new one waits. Default:
    /// three quarters of the file descriptors that the process may have (ulimit -n), 8192 at most
    #[arg(long, value_name = "N")]
    pub connections: Option<NonZeroU32>,
    /// Request line and headers together (431), at least 8 KiB. As much as browsers' cookies come to, with room
    #[arg(long, value_name = "SIZE", default_value = "64KiB", value_parser = at_least_8_kib)]
    pub header_bytes: Size,
    /// Number of request headers (431). gunicorn's default
    #[arg(long, value_name = "N", default_value = "100")]
    pub headers: u32,
    /// Request target, path and query (414). RFC 9112 asks for 8000 bytes at least
    #[arg(long, value_name = "SIZE", default_value = "8KiB")]
    pub target: Size,
    /// Time for request line and headers to arrive (408). A slow or idle connection costs a socket, no sandbox
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub header_timeout: Duration,
    /// Time that a connection without a request stays open. Longer than the minute that load balancers keep theirs, so
    /// that none sends a request into one that closes
    #[arg(long, value_name = "DURATION", default_value = "75s", value_parser = units::duration)]
    pub keep_alive: Duration,
    /// Request body (413). Applications read it into their memory, so a multiple of --memory is of no use
    #[arg(long, value_name = "SIZE", default_value = "32MiB")]
    pub body: Size,
    /// Time for the next piece of a request body that the application waits for (408). nginx's default is 60s
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub body_timeout: Duration,
    /// Time for a client to take 16 KiB of an answer, or the rest of it; then the stream is reset or the connection closed
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub send_timeout: Duration,
    /// The host's memory for answers that wait for slow clients; beyond it the longest waiting ones are cut off. Holds two
    /// hundred pages of a megabyte
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    pub unsent: Size,
    /// Time for requests in flight to finish when the server is stopped; then they are cut off. gunicorn's default
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub graceful_timeout: Duration,
    /// Response body; beyond it the answer is cut off. Otherwise an endless stream would stop only at --timeout
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    pub response: Size,
    /// Response headers, as the host stores them (500). wasmtime's default
    #[arg(long, value_name = "SIZE", default_value = "128KiB")]
    pub response_headers: Size,
    /// Handles that a sandbox may hold in the host (streams, headers, bodies, open files); one more traps (500), but
    /// files leave 20 of them to the answer: one more is OSError (EMFILE)
    #[arg(long, value_name = "N", default_value = "100")]
    pub handles: u32,
    /// Random bytes from the host; more traps (500). No answer needs a megabyte of them
    #[arg(long, value_name = "SIZE", default_value = "1MiB")]
    pub random: Size,
    /// Bytes that a request writes into directories (--dir); more is OSError (ENOSPC), so that no loop fills the disk
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    pub dir_bytes: Size,
    /// Bytes that a request prints and logs; the rest is left out, so that no loop fills the disk
    #[arg(long, value_name = "SIZE", default_value = "1MiB")]
    pub output: Size,
}

impl Limits {
    /// How many sandboxes may belong to clients that have left.
    pub fn orphans(&self) -> usize {
        (self.concurrency.get() as usize / ORPHANS).max(1)
    }
}

#[cfg(test)]
impl Limits {
    /// As options name them.
    pub fn of(options: &[&str]) -> Self {
        parsed(options)
    }
}

/// hyper reads a head into one buffer of at least 8 KiB.
fn at_least_8_kib(text: &str) -> anyhow::Result<Size> {
    let size: Size = text.parse()?;
    anyhow::ensure!(size >= Size(8 << 10), "8KiB is the least");
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_may_be_those_of_clients_that_have_gone_away() {
        for (concurrency, orphans) in [("1", 1), ("7", 1), ("8", 2), ("64", 16)] {
            assert_eq!(Limits::of(&["--concurrency", concurrency]).orphans(), orphans);
        }
    }
}
