//! `wasgi`: a Python WSGI application inside WebAssembly, a fresh sandbox for every request.
//!
//! What there is to call from outside: the command ([`command_line`]), and the inside of a server without its sockets
//! ([`InProcess`]), for benchmarks.

mod budget;
mod build;
mod bundle;
mod cli;
mod command;
mod component;
mod doctor;
mod engine;
mod grants;
mod image;
mod inspect;
mod layout;
mod machine;
mod memory;
mod serve;
#[cfg(test)]
mod soak;
mod store;
mod terminal;
mod units;
mod versions;
mod wasm;

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
            terminal::console::error(&error);
            ExitCode::FAILURE
        }
    }
}
