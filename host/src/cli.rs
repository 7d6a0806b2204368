//! The command line: its verbs.

use crate::command::build::{self, BuildArgs};
use crate::command::check::{self, CheckArgs};
use crate::command::compile::{self, CompileArgs};
use crate::command::doctor::{self, DoctorArgs};
use crate::command::health::{self, HealthArgs};
use crate::command::inspect::{self, InspectArgs};
use crate::command::machine_code::{self, MachineCodeArgs};
use crate::command::manual::{self, CompletionsArgs, ManArgs};
use crate::command::run;
use crate::command::serve;
use crate::serve::options::{RunArgs, ServeArgs};
use crate::serve::served::Serving;
use crate::settings::{self, report};
use crate::versions;
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Runs a Python WSGI application inside WebAssembly: every request gets a fresh sandbox with a hard cap on its memory.
#[derive(Parser)]
#[command(version, long_version = versions::all(), max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Develop: build the application in memory, serve it, build anew when a file changes
    Run(RunArgs),
    /// Say what is wrong with the application: its import, PEP 3333, what its snapshot freezes, memory and time
    Check(CheckArgs),
    /// Build the application into one WebAssembly component that runs on any wasi:http host
    Build(BuildArgs),
    /// Compile a component to machine code, for a start without compiling: `wasgi serve app.cwasm`
    Compile(CompileArgs),
    /// Serve a component made by `wasgi build`, or a file made by `wasgi compile`
    Serve(ServeArgs),
    /// Show what is in a component: memory by owner, files, modules, what a request starts with
    Inspect(InspectArgs),
    /// Print the settings in force, and where each came from: `wasgi config serve app.wasm`
    Config(report::ConfigArgs),
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

impl Cli {
    /// Runs the verb. `serving` is what `wasgi serve` is to serve.
    ///
    /// # Errors
    /// The verb's own.
    pub fn run(self, serving: Option<Serving>) -> Result<()> {
        match self.command {
            Command::Run(args) => run::command(args),
            Command::Check(args) => check::command(args),
            Command::Build(args) => build::command(args),
            Command::Compile(args) => compile::command(args),
            Command::Serve(_) => serve::command(serving.expect("settings say it")),
            Command::Inspect(args) => inspect::command(args),
            Command::Config(args) => report::command(args),
            Command::Health(args) => health::command(args),
            Command::Completions(args) => manual::completions(settings::description(), args),
            Command::Man(args) => manual::man(settings::description(), args),
            Command::Doctor(args) => doctor::command(args),
            Command::MachineCode(args) => machine_code::command(args),
        }
    }
}
