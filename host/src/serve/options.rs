//! The command line of a server, with the reasons for its defaults.

use super::exposure::Exposure;
use super::files::FilesArgs;
use super::limits::Limits;
use super::listen::{Bound, ListenArgs};
use super::report::ReportArgs;
use crate::build::options::AppArgs;
use crate::grants::GrantArgs;
use crate::memory::reset::ResetArg;
use crate::memory::verify::Share;
use crate::network::args::NetworkArgs;
use crate::outgoing::args::OutgoingArgs;
use crate::serve::http::tls::TlsArgs;
use crate::serve::request::forwarded::Proxies;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// Ignore a `.env` beside the application
    ///
    /// Otherwise the variables in it are granted, as those of an --env-file are, and --env and --env-file win over it.
    #[arg(long)]
    pub no_dotenv: bool,
    /// Answer an exception of the application as `wasgi serve` does
    ///
    /// Otherwise a browser of this machine sees a page with the traceback, source lines and variables; other clients of
    /// this machine get the traceback as text.
    #[arg(long)]
    pub no_error_page: bool,
    /// Open the application in a browser once it is ready ($BROWSER, else what the desktop has)
    #[arg(long)]
    pub open: bool,
    #[command(flatten)]
    pub host: HostArgs,
}

#[derive(Args)]
pub struct ServeArgs {
    /// The component to serve, or app.cwasm: machine code, which is trusted as a program is
    #[arg(value_name = "COMPONENT")]
    pub component: PathBuf,
    /// Import the application again, from the image in the file, with what this server grants: --env, --env-file,
    /// --dir.
    ///
    /// So settings come from the environment as under any server, and neither they nor the hash secret are in the file.
    /// It takes a start of some seconds instead of one, and the very wasgi that built the component.
    #[arg(long, alias = "reseed")]
    pub import_at_start: bool,
    #[command(flatten)]
    pub host: HostArgs,
}

/// What `run` and `serve` have in common.
#[derive(Args)]
pub struct HostArgs {
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub grants: GrantArgs,
    #[command(flatten)]
    pub outgoing: OutgoingArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub files: FilesArgs,
    #[command(flatten)]
    pub serving: ServingArgs,
}

/// How the server itself behaves.
#[derive(Args, Clone)]
#[command(next_help_heading = "Serving")]
pub struct ServingArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub tls: TlsArgs,
    #[command(flatten)]
    pub report: ReportArgs,
    /// Serve the application below this path, which becomes SCRIPT_NAME: /shop. Other paths get 404
    #[arg(long, value_name = "PATH", default_value = "", value_parser = script_name, hide_default_value = true)]
    pub script_name: String,
    /// Trusted proxies: addresses or networks separated by commas, or *.
    ///
    /// When the connection comes from one of them, X-Forwarded-For, -Proto, -Host and -Port, or Forwarded (RFC 7239),
    /// say who the client is, whether it came by HTTPS, and for which host. The proxy must set or remove all of them;
    /// a request in which the two kinds contradict each other gets 400. Default: none.
    #[arg(long, value_name = "ADDRS", default_value = "", hide_default_value = true)]
    forwarded_allow_ips: Proxies,
    /// Compress answers (zstd, brotli, gzip) for clients that ask for it: text, JSON and the like, from 1 KiB on.
    ///
    /// What streams goes on streaming, and what is compressed already stays as it is. A page that has a secret, and repeats
    /// what the request says, tells the secret by its length (BREACH): such an application masks its secrets, as Django
    /// does its CSRF token, or goes without.
    #[arg(long)]
    pub compress: bool,
    /// Each connection begins with a PROXY header, version 1 or 2, in which a proxy says who its client is.
    ///
    /// For load balancers that pass connections on and not requests: HAProxy's send-proxy-v2, nginx's proxy_protocol, AWS'
    /// network load balancers. Only proxies of --forwarded-allow-ips, and programs of this machine by Unix sockets, may
    /// connect then.
    #[arg(long)]
    pub proxy_protocol: bool,
    /// Report what each request used in a response header, Wasgi-Usage
    #[arg(long)]
    pub expose_usage: bool,
    /// How a used sandbox gets its memory back.
    ///
    /// `plain` gives all written pages back to the kernel. `scan` asks the kernel which pages were written and
    /// copies the snapshot over them, which is faster. Both leave nothing of a request. `auto` scans where the
    /// kernel can tell (Linux 6.7).
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub reset: ResetArg,
    /// How many resets are verified, as 1/N: afterwards that sandbox's memory is compared with the snapshot byte for
    /// byte.
    ///
    /// A difference would be a request's data in reach of the next: the sandbox is retired, one line says which page of
    /// whose request it was, and from then on memory is reset by `plain`. 0 verifies none.
    #[arg(long, value_name = "1/N", default_value = "1/1000")]
    pub verify_reset: Share,
}

impl ServingArgs {
    pub fn gives_ids(&self) -> bool {
        self.report.request_ids || self.report.otlp.is_some()
    }

    /// # Errors
    /// When a proxy is to speak for its clients, and none is trusted.
    pub fn check(&self, bound: &[Bound]) -> anyhow::Result<()> {
        let is_open = bound.iter().any(|bound| matches!(bound, Bound::Tcp(_)));
        anyhow::ensure!(
            !(self.proxy_protocol && is_open && self.forwarded_allow_ips.is_empty()),
            "--proxy-protocol: name the proxies by --forwarded-allow-ips, as nobody else may connect"
        );
        Ok(())
    }

    pub fn exposure(&self) -> Exposure {
        let ServingArgs { forwarded_allow_ips, report, proxy_protocol, .. } = self;
        Exposure {
            proxies: forwarded_allow_ips.clone(),
            local_proxies: forwarded_allow_ips.with_local(),
            request_ids: self.gives_ids(),
            spans: report.otlp.is_some(),
            proxied: *proxy_protocol,
        }
    }
}

/// Reads where an application is mounted.
///
/// PEP 3333: SCRIPT_NAME is empty or begins with a slash; the last slash of a path belongs to PATH_INFO.
pub fn script_name(text: &str) -> anyhow::Result<String> {
    let name = text.trim_end_matches('/');
    anyhow::ensure!(name.is_empty() || name.starts_with('/'), "write it with a slash in front: /{name}");
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic() && !b"%?#".contains(&byte));
    anyhow::ensure!(plain, "a path of plain ASCII characters is wanted");
    Ok(name.to_owned())
}
