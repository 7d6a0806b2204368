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
mod command;
mod compiled;
mod component;
mod console;
mod direct;
mod doctor;
mod engine;
mod engine_serving;
mod engine_settings;
mod guest_code;
mod image;
mod inspect;
mod layout;
mod level;
mod lift;
mod log;
mod machine;
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
mod wasm_limits;

pub use serve::in_process::{InProcess, Written};

use clap::Parser;
use cli::Cli;
use std::process::ExitCode;

/// Does what this process's command line asks for. What goes wrong is told on stderr; a command line that makes no sense
/// ends the process, as `--help` does.
pub fn command_line() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}
