//! The options of logs, metrics and health.

use super::access::AccessLog;
use super::collector::Collector;
use super::format::Format;
use crate::serve::listen::Bind;
use crate::terminal::console::Level;
use crate::terminal::log::Stream;
use crate::terminal::log_file::LogFile;
use crate::units;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args, Clone)]
#[command(next_help_heading = "Logs and metrics")]
pub struct ReportArgs {
    /// Form of the line that each request gets: `text`, `combined` (Apache's), `json`, or a format of gunicorn's atoms,
    /// such as '%(h)s "%(r)s" %(s)s %({memory}w)s'; docs/reference/logs.md has them all
    #[arg(long, value_name = "FORMAT", alias = "access-logformat", default_value = "text")]
    access_log: Format,
    /// Where these lines go: a file, `-` for standard output, or `none`. SIGUSR1 opens the file anew.
    ///
    /// Default: standard error, where the server's other lines go
    #[arg(long, value_name = "PATH", alias = "access-logfile")]
    access_log_file: Option<PathBuf>,
    /// The least of what the server says of itself: all of it, what went wrong, or only failures of the server and of
    /// requests. Lines of requests and of the application do not depend on it
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: Level,
    /// Give each request an identifier: X-Request-Id and traceparent (W3C), for the application's environ, its lines in
    /// the log, and its requests to others.
    ///
    /// Those of trusted proxies (--forwarded-allow-ips) are kept; others are made anew
    #[arg(long)]
    pub request_ids: bool,
    /// Serve /metrics (for Prometheus), /livez and /readyz on an address of its own: HOST:PORT or unix:PATH. Who can
    /// connect there can read them
    #[arg(long, value_name = "ADDR")]
    pub admin: Option<Bind>,
    /// Send a span of each request to a collector of OpenTelemetry's (OTLP over HTTP, in JSON): http://HOST:4318.
    ///
    /// It gives each request identifiers, as --request-ids does
    #[arg(long, value_name = "URL")]
    pub otlp: Option<Collector>,
    /// How long connections are still accepted after SIGTERM, while /readyz says 503: time for a load balancer to notice.
    /// Default: none
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub drain_delay: Option<Duration>,
}

impl ReportArgs {
    /// None for no log; and the file, if it goes to one.
    pub(super) fn access(&self) -> Result<(Option<AccessLog>, Option<LogFile>)> {
        let log = |stream| Some(AccessLog::new(self.access_log.clone(), stream));
        Ok(match self.access_log_file.as_deref() {
            None => (log(Stream::Stderr), None),
            Some(path) if path == "-" => (log(Stream::Stdout), None),
            Some(path) if path == "none" => (None, None),
            Some(path) => (log(Stream::File), Some(LogFile::open(path)?)),
        })
    }
}
