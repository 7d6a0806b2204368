//! The command line: verbs, options, their defaults and why.

use crate::inspect::InspectArgs;
use crate::serve::{GrantArgs, Limits, ResetArg};
use crate::units::{self, Size};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs a Python WSGI application inside WebAssembly: every request gets a fresh sandbox with a hard cap on its memory.
#[derive(Parser)]
#[command(version, max_term_width = 110)]
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
    /// Serve a component made by `wasgi build`
    Serve(ServeArgs),
    /// Show what is in a component: memory by owner, files, modules, what a request starts with
    Inspect(InspectArgs),
}

/// Where the application is and what goes into its image.
#[derive(Args)]
pub struct AppArgs {
    /// The application: `app.py`, `app.py:name`, `package.module:name` or a factory `module:create_app()`.
    ///
    /// Without a name, wasgi looks for `application`, then `app`, then the only WSGI callable there is. The folder
    /// of `app.py` (for the dotted forms: the current folder) becomes `/app` in the sandbox, read-only. Hidden
    /// files, `__pycache__`, virtual environments and what `.wasgiignore` names (as .gitignore does) stay out.
    #[arg(value_name = "APP")]
    pub app: String,

    /// Folder with installed packages; may be given several times.
    ///
    /// Default: the active virtual environment ($VIRTUAL_ENV), else `.venv` or `venv` in the application's folder
    /// or the current one.
    #[arg(long, value_name = "DIR")]
    pub site_packages: Vec<PathBuf>,
}

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub app: AppArgs,
    #[command(flatten)]
    pub host: HostArgs,
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
}

#[derive(Args)]
pub struct ServeArgs {
    /// The component to serve
    #[arg(value_name = "COMPONENT")]
    pub component: PathBuf,
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
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Serving")]
pub struct ServingArgs {
    /// Address and port to listen on; port 0 lets the kernel choose a free one
    #[arg(short, long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8000")]
    pub bind: SocketAddr,
    /// Put what a request used so far into a response header, Wasgi-Usage
    #[arg(long)]
    pub expose_usage: bool,
    /// How a used sandbox gets its memory back.
    ///
    /// `plain` gives all written pages back to the kernel. `scan` asks the kernel which pages were written and
    /// copies the snapshot over them: faster, but blind to written pages that were swapped out, so it is refused
    /// where there is swap. `auto` scans where that is safe.
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub reset: ResetArg,
}
