//! The command line: verbs, options, their defaults and why.

use crate::build::SelectionArgs;
use crate::health::HealthArgs;
use crate::inspect::InspectArgs;
use crate::manual::{CompletionsArgs, ManArgs};
use crate::serve::{Directory, Exposure, GrantArgs, Limits, Proxies, ResetArg, Share, TlsArgs};
use crate::units::{self, Size};
use crate::versions;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs a Python WSGI application inside WebAssembly: every request gets a fresh sandbox with a hard cap on its memory.
#[derive(Parser)]
#[command(version, long_version = versions::all(), max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Develop: build the application in memory, serve it, build anew when a file changes
    Run(RunArgs),
    /// Build the application into one WebAssembly component that runs on any wasi:http host
    Build(BuildArgs),
    /// Compile a component to machine code, for a start without compiling: `wasgi serve app.cwasm`
    Compile(CompileArgs),
    /// Serve a component made by `wasgi build`, or a file made by `wasgi compile`
    Serve(ServeArgs),
    /// Show what is in a component: memory by owner, files, modules, what a request starts with
    Inspect(InspectArgs),
    /// Ask a server whether it answers, as a container's health check does
    Health(HealthArgs),
    /// Print what completes this command line in a shell: `wasgi completions bash`
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder
    Man(ManArgs),
    /// Say what this machine lacks for serving, and how to get it
    Doctor(DoctorArgs),
    /// Write the machine code that a release carries, after booting an application
    #[command(hide = true)]
    MachineCode(MachineCodeArgs),
}

/// Where the application is and what goes into its image.
#[derive(Args)]
pub struct AppArgs {
    /// The application: `app.py`, `app.py:name`, `package.module:name` or a factory
    /// with arguments or without, `module:create_app()`.
    ///
    /// Without a name, wasgi looks for `application`, then `app`, then the only WSGI callable there is. The folder
    /// of `app.py` (for the dotted forms: the current folder) becomes `/app` in the sandbox, read-only. Hidden
    /// files, `__pycache__`, virtual environments, what looks like data, a log or a secret (--include packs it), and what
    /// `.wasgiignore` names (as .gitignore does) stay out.
    #[arg(value_name = "APP")]
    pub app: String,

    /// Folder with installed packages; may be given several times.
    ///
    /// Default: the active virtual environment ($VIRTUAL_ENV), else `.venv` or `venv` in the application's folder
    /// or the current one.
    #[arg(long, value_name = "DIR")]
    pub site_packages: Vec<PathBuf>,

    #[command(flatten)]
    pub selection: SelectionArgs,

    #[command(flatten)]
    pub snapshot: SnapshotArgs,
}

/// What happens around the import, before the snapshot is taken.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Snapshot (docs/reference/snapshot.md)")]
pub struct SnapshotArgs {
    /// Path to ask for before the snapshot, so that what the first request imports and compiles is in it; may be
    /// given several times
    ///
    /// Default: `/`, if that leaves nothing behind that can be seen
    #[arg(long, value_name = "PATH", value_parser = warm_up_path)]
    pub warm: Vec<String>,
    /// Ask for nothing before the snapshot
    #[arg(long, conflicts_with = "warm")]
    pub cold: bool,
    /// Module, with those inside it, that may draw from entropy at import: what it keeps is no secret and need not
    /// differ from request to request; may be given several times
    #[arg(long, value_name = "MODULE")]
    pub allow_import_entropy: Vec<String>,
    /// Refuse an application that draws from entropy at import, instead of warning of it
    #[arg(long)]
    pub deny_import_entropy: bool,
}

impl SnapshotArgs {
    /// Paths to ask for; None where that is left to us.
    pub fn paths(&self) -> Option<&[String]> {
        (self.cold || !self.warm.is_empty()).then_some(&self.warm)
    }
}

fn warm_up_path(text: &str) -> anyhow::Result<String> {
    anyhow::ensure!(text.starts_with('/'), "a path begins with /");
    anyhow::ensure!(text.is_ascii() && !text.contains(|c: char| c == ' ' || c.is_control()), "write it as in a URL");
    Ok(text.to_owned())
}

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// Leave alone a `.env` beside the application
    ///
    /// Otherwise the variables in it are granted, as those of an --env-file are, and --env and --env-file win over it.
    #[arg(long)]
    pub no_dotenv: bool,
    #[command(flatten)]
    pub host: HostArgs,
}

#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub limits: Limits,
}

#[derive(Args)]
pub struct MachineCodeArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// The file to write; `build.rs` takes it where WASGI_MACHINE_CODE names it
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Args)]
pub struct BuildArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// The component file to write
    #[arg(short, long, value_name = "FILE", default_value = "app.wasm")]
    pub output: PathBuf,
    /// The most linear memory of one sandbox, on any host, and of the import that it begins from.
    ///
    /// It is written into the component as its memory's maximum. A host may give less.
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = units::memory_cap)]
    pub memory: Size,
    /// Let requests use directories that their host grants (`wasgi serve --dir`, `wasmtime serve --dir`).
    ///
    /// The component then imports wasi:filesystem, which hosts of the plain wasi:http/proxy world do not have.
    #[arg(long)]
    pub filesystem: bool,
    /// Environment variable for the import, and for requests to which nobody grants another; without `=VALUE`, this
    /// process's own value; may be given several times
    ///
    /// It is in the file, and whoever has the file can read it. For what is secret, build with a stand-in and serve with
    /// --import-at-start.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub build_env: Vec<String>,
    /// Directory of this machine, and where import and warm-up see it, as in `./data:/data:ro`; may be given several times
    ///
    /// Writable without `:ro`, so that what the import writes there stays there. Requests see it only where it is granted
    /// to them (--filesystem).
    #[arg(long, value_name = "HOST:GUEST[:ro]")]
    pub build_dir: Vec<Directory>,
    /// Make the same file from the same inputs, wherever and whenever it is built.
    ///
    /// The hash secret then comes from the inputs, so that who has them can compute it. An application that draws from
    /// entropy at import still gets fresh numbers; the build says so, and its file differs from the next one. Files
    /// and clocks stand at $SOURCE_DATE_EPOCH, or at 1980-01-01.
    #[arg(long)]
    pub reproducible: bool,
    /// Let an instance answer one request and refuse all further ones with 503.
    ///
    /// Some hosts serve several requests by one instance; then a request finds what those before it left in memory.
    /// Without this the application is called all the same, and environ says so: wsgi.run_once is False.
    #[arg(long)]
    pub refuse_reuse: bool,
    /// Name of the application in the component's metadata.
    ///
    /// Default: what pyproject.toml in its folder says ([project] name), else its module.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Version of the application in the component's metadata.
    ///
    /// Default: what pyproject.toml in its folder says ([project] version), else 0.
    #[arg(long, value_name = "VERSION")]
    pub app_version: Option<String>,
}

#[derive(Args)]
pub struct CompileArgs {
    /// The component to compile
    #[arg(value_name = "COMPONENT")]
    pub component: PathBuf,
    /// The file to write; its name ends in .cwasm. Default: beside the component
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args)]
pub struct ServeArgs {
    /// The component to serve, or app.cwasm: machine code, which is trusted as a program is
    #[arg(value_name = "COMPONENT")]
    pub component: PathBuf,
    /// Import the application again, from the image in the file, with what this server grants: --env, --env-file, --dir.
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
    pub serving: ServingArgs,
}

/// How the server itself behaves.
#[derive(Args, Clone)]
#[command(next_help_heading = "Serving")]
pub struct ServingArgs {
    /// Address and port to listen on; port 0 lets the kernel choose a free one
    #[arg(short, long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8000")]
    pub bind: SocketAddr,
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Serve the application below this path, which becomes SCRIPT_NAME: /shop. Other paths get 404
    #[arg(long, value_name = "PATH", default_value = "", value_parser = script_name, hide_default_value = true)]
    script_name: String,
    /// Trusted proxies: addresses or networks separated by commas, or *.
    ///
    /// When the connection comes from one of them, X-Forwarded-For, -Proto, -Host and -Port, or Forwarded (RFC 7239),
    /// say who the client is, whether it came by HTTPS, and for which host. The proxy must set or remove all of them;
    /// a request in which the two kinds contradict each other gets 400. Nobody is believed by default.
    #[arg(long, value_name = "ADDRS", default_value = "", hide_default_value = true)]
    forwarded_allow_ips: Proxies,
    /// Put what a request used so far into a response header, Wasgi-Usage
    #[arg(long)]
    expose_usage: bool,
    /// How a used sandbox gets its memory back.
    ///
    /// `plain` gives all written pages back to the kernel. `scan` asks the kernel which pages were written and
    /// copies the snapshot over them, which is faster. Both leave nothing of a request. `auto` scans where the
    /// kernel can tell (Linux 6.7).
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub reset: ResetArg,
    /// How many resets are verified, as 1/N: afterwards that sandbox's memory is compared with the snapshot byte for byte.
    ///
    /// A difference would be a request's data in reach of the next: the sandbox is retired, one line says which page of
    /// whose request it was, and from then on memory is reset by `plain`. 0 verifies none.
    #[arg(long, value_name = "1/N", default_value = "1/1000")]
    pub verify_reset: Share,
}

impl ServingArgs {
    pub fn exposure(&self) -> Exposure {
        let ServingArgs { expose_usage, forwarded_allow_ips, script_name, .. } = self;
        Exposure {
            usage: *expose_usage,
            proxies: forwarded_allow_ips.clone(),
            script_name: script_name.as_str().into(),
        }
    }
}

/// PEP 3333 has it empty or beginning with a slash; a path's last slash belongs to PATH_INFO.
fn script_name(text: &str) -> anyhow::Result<String> {
    let name = text.trim_end_matches('/');
    anyhow::ensure!(name.is_empty() || name.starts_with('/'), "write it with a slash in front: /{name}");
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic() && !b"%?#".contains(&byte));
    anyhow::ensure!(plain, "a path of plain ASCII characters is wanted");
    Ok(name.to_owned())
}
