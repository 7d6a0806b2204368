//! Where requests may go, and the connections to there.

use super::args::{Limits, OutgoingArgs};
use super::client::{self, Client};
use super::connect::Connector;
use super::fault::{Code, Fault};
use super::origin::{Origin, Target};
use super::tls;
use anyhow::Result;
use std::sync::Arc;

/// Lives once: to whom requests may go, and the connections to them.
pub struct Outgoing {
    origins: Vec<Origin>,
    pub(super) limits: Limits,
    pub(super) client: Client,
}

impl Outgoing {
    /// None where no origin is named. Within the limits of file descriptors that the process has.
    ///
    /// # Errors
    /// When certificates that TLS would be verified by cannot be read.
    pub fn of(args: &OutgoingArgs) -> Result<Option<Arc<Self>>> {
        if args.allow_http.is_empty() {
            return Ok(None);
        }
        let limits = args.limits;
        let tls = args.allow_http.iter().any(Origin::is_https).then(|| tls::connector(&args.ca_file)).transpose()?;
        let client = Client::new(Connector::new(tls, limits.most_connections(), limits.timeout));
        Ok(Some(Arc::new(Outgoing { origins: args.allow_http.clone(), limits, client })))
    }

    /// As a guest is told of them.
    pub fn origins(&self) -> impl Iterator<Item = String> {
        self.origins.iter().map(Origin::to_string)
    }

    /// Handles of the host's that a sandbox takes for its requests, beside those for its answer.
    pub fn handles(&self) -> usize {
        self.limits.handles()
    }

    /// Bytes that the host keeps at most for what a sandbox has on its way, beside handles.
    pub fn most(&self) -> u64 {
        client::CONNECTION * u64::from(self.limits.http_at_once.get())
    }

    /// Whether requests may go there.
    ///
    /// # Errors
    /// Where they may not; the text names the option.
    pub fn check(&self, target: &Target) -> Result<(), Fault> {
        if self.origins.iter().any(|origin| origin.allows(target)) {
            return Ok(());
        }
        Err(Code::Denied.because(format!("--allow-http {target} lets it out")))
    }
}
