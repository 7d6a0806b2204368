//! What the command line says of requests to others.

use super::origin::Origin;
use crate::machine;
use crate::units::{self, Size};
use clap::Args;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Of the file descriptors that the process may have, so many are for connections to others: the front has three quarters.
const SHARE: u64 = 8;
const MOST: u64 = 1024;
/// Handles that one request takes in the host: its future, response, two bodies with a stream and what waits for each.
const HANDLES: usize = 6;
/// Requests that a guest has on their way at the same time, those that wait here included.
const GUESTS_MOST: usize = 24;

#[derive(Args, Clone)]
#[command(
    next_help_heading = "HTTP out (a sandbox reaches nobody unless it is named here; docs/reference/outgoing.md)"
)]
pub struct OutgoingArgs {
    /// To whom sandboxes may send HTTP requests: scheme, host and port, as in `https://api.example.com`,
    /// `https://*.example.com` (all names below), `http://10.0.0.5:8080`; may be given several times
    ///
    /// A name may lead to public addresses only. A private one, or one of this machine, is named by itself, and
    /// `localhost` is this machine.
    #[arg(long, value_name = "ORIGIN")]
    pub allow_http: Vec<Origin>,
    /// PEM file with certificates of authorities to trust beside the platform's; may be given several times
    #[arg(long, value_name = "FILE", requires = "allow_http")]
    pub ca_file: Vec<PathBuf>,
    #[command(flatten)]
    pub limits: Limits,
}

/// What one sandbox may send and get, and the server all in all.
#[derive(Args, Clone, Copy, Debug)]
pub struct Limits {
    /// Requests to others that a sandbox may make; the next one is OSError. A loop must not become somebody's flood
    #[arg(long, value_name = "N", default_value = "100")]
    pub http_requests: NonZeroU32,
    /// Those at the same time; one more waits. Browsers have six for each host
    #[arg(long, value_name = "N", default_value = "16")]
    pub http_at_once: NonZeroU32,
    /// Bytes of bodies that a sandbox may send to and get from others, together
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    pub http_bytes: Size,
    /// For a connection and the head of a response together, and between two pieces of its body
    #[arg(id = "http_timeout", long = "http-timeout", value_name = "DURATION", default_value = "30s",
          value_parser = units::duration)]
    pub timeout: Duration,
    /// Connections to others, in use or kept for the next request; one more waits. Default: an eighth of the file
    /// descriptors that the process may have (ulimit -n), 1024 at most
    #[arg(long, value_name = "N")]
    pub http_connections: Option<NonZeroU32>,
}

impl Limits {
    /// Of what the process may have, the defaults are for so many applications together.
    pub fn share(&mut self, by: u32) {
        let share = self.most_connections() as u32 / by.max(1);
        self.http_connections = self.http_connections.or(NonZeroU32::new(share)).or(Some(NonZeroU32::MIN));
    }

    pub fn most_connections(&self) -> usize {
        machine::share_of_descriptors(self.http_connections, SHARE, MOST)
    }

    /// For what waits, too, as far as the guest lets it: as many as it makes at once (guest's `outgoing.py`).
    pub fn handles(&self) -> usize {
        HANDLES * GUESTS_MOST
    }
}
