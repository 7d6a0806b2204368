//! `wasgi`: a Python WSGI application inside WebAssembly, a fresh sandbox for every request.
//!
//! Its public interface: the command ([`command_line`]), and a server without its sockets ([`InProcess`]), for
//! benchmarks.

mod budget;
mod build;
mod bundle;
mod check;
mod cli;
mod command;
mod component;
mod doctor;
mod engine;
mod grants;
mod image;
mod inspect;
mod interpreter;
mod layout;
mod machine;
mod memory;
mod network;
mod outgoing;
#[cfg(test)]
mod parsed;
mod serve;
mod settings;
#[cfg(test)]
mod soak;
mod store;
mod terminal;
mod units;
mod versions;
mod wasm;

pub use serve::in_process::{InProcess, Written};

use std::process::ExitCode;

/// Runs this process's command line. Errors go to stderr; an invalid command line ends the process, as `--help` does.
pub fn command_line() -> ExitCode {
    serve::handover::remember();
    match settings::parse(std::env::args_os().collect()).and_then(|(cli, serving)| cli.run(serving)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::console::error(&error);
            ExitCode::FAILURE
        }
    }
}
