//! What the command line says of connections to others.

use super::grant::Grant;
use crate::machine;
use crate::units::{self, Size};
use clap::Args;
use std::num::NonZeroU32;
use std::time::Duration;

/// Of the file descriptors that the process may have, so many are for sockets of sandboxes: the front has three quarters.
const SHARE: u64 = 8;
const MOST: u64 = 4096;
/// Handles that one socket takes in the host: itself, two streams, and what waits for each.
const HANDLES: usize = 5;
/// And all together: a lookup, what waits for it, the network.
const OTHER_HANDLES: usize = 4;

#[derive(Args, Clone)]
#[command(next_help_heading = "Connections out (none but those that are named here; docs/reference/network.md)")]
pub struct NetworkArgs {
    /// To whom sandboxes may open connections by TCP and UDP: host and port, as in `db.example.com:5432`,
    /// `*.example.com:443`, `10.0.0.5:8000-8100`, `[fd00::5]:5432`, `10.0.0.0/8:*`; may be given several times
    ///
    /// A name that is named exactly may lead to private addresses (RFC 1918, RFC 4193), one below `*.` to public ones only.
    /// `localhost` is this machine. The component must import wasi:sockets: `wasgi build --network`; `wasgi run` builds so
    /// by itself.
    #[arg(long, value_name = "HOST:PORT")]
    pub allow_net: Vec<Grant>,
    #[command(flatten)]
    pub limits: Limits,
}

/// What one sandbox may have, and the server all in all.
#[derive(Args, Clone, Copy, Debug)]
pub struct Limits {
    /// Sockets of a sandbox at the same time; one more is OSError (EMFILE)
    #[arg(long, value_name = "N", default_value = "16")]
    pub net_sockets: NonZeroU32,
    /// Bytes that a sandbox may send and get by sockets, together
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    pub net_bytes: Size,
    /// For a connection to be made; the program may want it sooner
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = units::duration)]
    pub net_timeout: Duration,
    /// Sockets of all sandboxes at the same time; one more is OSError (EMFILE). Default: an eighth of the file descriptors
    /// that the process may have (ulimit -n), 4096 at most
    #[arg(long, value_name = "N")]
    pub net_connections: Option<NonZeroU32>,
}

impl Limits {
    /// Of what the process may have, the defaults are for so many applications together.
    pub fn share(&mut self, by: u32) {
        let share = self.most_connections() as u32 / by.max(1);
        self.net_connections = self.net_connections.or(NonZeroU32::new(share)).or(Some(NonZeroU32::MIN));
    }

    pub fn most_connections(&self) -> usize {
        machine::share_of_descriptors(self.net_connections, SHARE, MOST)
    }

    pub fn handles(&self) -> usize {
        HANDLES * self.net_sockets.get() as usize + OTHER_HANDLES
    }
}
