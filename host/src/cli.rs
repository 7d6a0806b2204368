//! The command line: verbs, options, their defaults and why.

use crate::units::{self, Size};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

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
}

/// Where the application is and what goes into its image.
#[derive(Args)]
pub struct AppArgs {
    /// The application: `app.py`, `app.py:name`, `package.module:name` or a factory `module:create_app()`.
    ///
    /// Without a name, wasgi looks for `application`, then `app`, then the only WSGI callable there is. The folder
    /// of `app.py` (for the dotted forms: the current folder) becomes `/app` in the sandbox, read-only. Hidden
    /// files, `__pycache__`, virtual environments and what `.wasgiignore` names (as .gitignore does) stay out.
    #[arg(value_name = "APP", verbatim_doc_comment)]
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
    pub limits: LimitArgs,
    #[command(flatten)]
    pub bind: BindArgs,
}

#[derive(Args)]
pub struct BuildArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// The component file to write
    #[arg(short, long, value_name = "FILE", default_value = "app.wasm")]
    pub output: PathBuf,
    /// The most linear memory the application may use while it is imported
    #[arg(long, value_name = "SIZE", default_value = "128MiB")]
    pub memory: Size,
}

#[derive(Args)]
pub struct ServeArgs {
    /// The component to serve
    #[arg(value_name = "COMPONENT")]
    pub component: PathBuf,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub bind: BindArgs,
}

#[derive(Args)]
pub struct BindArgs {
    /// Address and port to listen on; port 0 lets the kernel choose a free one
    #[arg(short, long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8000")]
    pub bind: SocketAddr,
}

/// What one request may use, and how many may run at once.
#[derive(Args, Clone, Copy)]
pub struct LimitArgs {
    /// The most linear memory one request may use; beyond it Python sees MemoryError
    #[arg(long, value_name = "SIZE", default_value = "128MiB")]
    pub memory: Size,
    /// The longest one request may take; beyond it the sandbox is stopped and the answer is 504
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub timeout: Duration,
    /// How many requests may be in a sandbox at the same time; further ones wait.
    ///
    /// Each may use up to --memory, so this times --memory is the most the sandboxes use together.
    #[arg(long, value_name = "N", default_value = "64")]
    pub concurrency: NonZeroU32,
}
