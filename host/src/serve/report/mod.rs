//! What the server tells of its requests: the access log, metrics, spans, and identifiers that connect them to others.

pub mod access;
mod args;
mod atoms;
mod clock;
mod collector;
mod format;
mod json;
mod traces;

pub use args::ReportArgs;

use crate::interpreter::Site;
use crate::serve::admin::Admin;
use crate::serve::listen::{Bound, ListenArgs};
use crate::serve::metrics::AllMetrics;
use crate::serve::request::ids::Ids;
use crate::serve::request::outcome::Outcome;
use crate::serve::request::usage::Usage;
use crate::terminal::console;
use crate::terminal::log_file::LogFile;
use access::{AccessLog, Captured};
use anyhow::Result;
use http::Method;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use traces::Traces;

/// Where finished requests are reported. Lives once.
#[derive(Default)]
pub struct Reports {
    pub access: Option<AccessLog>,
    traces: Option<Traces>,
}

/// A request that is over.
pub struct Finished<'a> {
    /// Whose it is, where several applications run.
    pub application: Option<&'a str>,
    pub peer: IpAddr,
    pub method: &'a Method,
    pub path: &'a str,
    /// None if no response began.
    pub status: Option<u16>,
    /// Of the response's body.
    pub bytes: u64,
    pub took: Duration,
    pub usage: Usage,
    /// Bytes.
    pub memory_peak: u64,
    /// The cap refused the guest memory.
    pub was_denied_memory: bool,
    pub outcome: Outcome,
    /// Empty, or sentences for people, each with a comma in front.
    pub remarks: String,
    /// Where a deadline stopped it.
    pub site: Option<&'a Site>,
    pub ids: Option<&'a Ids>,
    pub captured: Option<&'a Captured>,
}

impl Reports {
    pub fn finish(&self, finished: &Finished) {
        if let Some(access) = &self.access {
            access.write(finished);
        }
        if let Some(traces) = &self.traces {
            traces.record(finished);
        }
    }

    /// Sends what has not left yet.
    pub fn end(&self) {
        if let Some(traces) = &self.traces {
            traces.end();
        }
    }
}

/// All of it, opened before anything slow happens.
pub struct Reporting {
    pub reports: Arc<Reports>,
    /// Counted only where somebody can ask for them.
    pub metrics: Option<Arc<AllMetrics>>,
    pub file: Option<LogFile>,
    pub admin: Option<Admin>,
    /// From a signal to the end of the listeners.
    pub drain_delay: Option<Duration>,
}

impl Reporting {
    /// `admin` are sockets of the admin's that are open already.
    ///
    /// # Errors
    /// When the access log's file cannot be opened, or the admin's address cannot be listened on.
    pub fn open(args: &ReportArgs, listen: &ListenArgs, bound: &[Bound], admin: Vec<Bound>) -> Result<Self> {
        console::show_from(args.log_level);
        let metrics = args.admin.is_some().then(Arc::<AllMetrics>::default);
        let (access, file) = args.access()?;
        let traces = args.otlp.as_ref().map(Traces::to).transpose()?;
        let start = |(bind, metrics)| {
            let sockets = if admin.is_empty() { Admin::open(bind, listen, bound)? } else { admin };
            Admin::start(sockets, metrics)
        };
        let admin = args.admin.as_ref().zip(metrics.clone()).map(start).transpose()?;
        let reports = Arc::new(Reports { access, traces });
        Ok(Reporting { reports, metrics, file, admin, drain_delay: args.drain_delay })
    }
}
