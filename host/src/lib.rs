//! `wasgi`: a Python WSGI application inside WebAssembly, a fresh sandbox for every request.
//!
//! What there is to call from outside: the command ([`command_line`]), and the inside of a server without its sockets
//! ([`InProcess`]), for benchmarks.

mod app;
mod archive;
mod budget;
mod build;
mod bundle;
mod cache;
mod carried;
mod cli;
mod compiled;
mod console;
mod direct;
mod doctor;
mod engine;
mod guest_code;
mod health;
mod image;
mod inspect;
mod layout;
mod level;
mod lift;
mod log;
mod machine;
mod manual;
mod metadata;
#[cfg(test)]
mod passes;
mod polls;
mod precompiled;
mod sbom;
mod sealed;
mod serve;
#[cfg(test)]
mod soak;
mod stdio;
mod trust;
mod units;
mod versions;

pub use serve::{InProcess, Written};

use clap::Parser;
use std::process::ExitCode;

/// Does what this process's command line asks for. What goes wrong is told on stderr; a command line that makes no sense
/// ends the process, as `--help` does.
pub fn command_line() -> ExitCode {
    let outcome = match cli::Cli::parse().command {
        cli::Command::Run(args) => serve::run(args),
        cli::Command::Build(args) => build::command(args),
        cli::Command::Compile(args) => precompiled::command(args),
        cli::Command::Serve(args) => serve::command(args),
        cli::Command::Inspect(args) => inspect::command(args),
        cli::Command::Health(args) => health::command(args),
        cli::Command::Completions(args) => manual::completions(args),
        cli::Command::Man(args) => manual::man(args),
        cli::Command::Doctor(args) => doctor::command(args),
        cli::Command::MachineCode(args) => build::carry::command(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}
