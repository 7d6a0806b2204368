//! `wasgi check`: says what is wrong with an application, for its developer and for CI.

use crate::build::in_memory::{self, Ready};
use crate::build::options::{AppArgs, request_path};
use crate::build::sources::inputs::Behaviour;
use crate::build::sources::selection::SourcesArg;
use crate::check::client::Client;
use crate::check::report::Report;
use crate::check::requests;
use crate::grants::{GrantArgs, Grants};
use crate::network::args::NetworkArgs;
use crate::outgoing::args::OutgoingArgs;
use crate::serve::files::FilesArgs;
use crate::serve::limits::Limits;
use crate::serve::options::{HostArgs, ServingArgs};
use crate::serve::reload::Inputs;
use crate::serve::server;
use crate::serve::setup::{Setup, Whole};
use crate::terminal::console::{self, Level};
use crate::terminal::log::{self, Stream};
use crate::terminal::stdio;
use anyhow::{Result, ensure};
use clap::{Args, Parser};
use std::io::{IsTerminal, stderr};

#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    app: AppArgs,
    /// Path to request beside `/`, with its query if it has one; may be given several times
    ///
    /// Each is requested as GET and HEAD, through the validator of Python's `wsgiref.validate`.
    #[arg(long = "request", value_name = "PATH", value_parser = request_path)]
    requests: Vec<String>,
    /// Print one JSON object in place of lines
    #[arg(long)]
    json: bool,
    /// Print what is wrong, and nothing else
    #[arg(short, long)]
    quiet: bool,
    /// Ignore a `.env` beside the application
    #[arg(long)]
    no_dotenv: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    grants: GrantArgs,
    #[command(flatten)]
    outgoing: OutgoingArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What a check has no use for.
#[derive(Parser)]
struct Unused {
    #[command(flatten)]
    files: FilesArgs,
    #[command(flatten)]
    serving: ServingArgs,
}

/// Builds and imports the application as `wasgi run` does, requests it, and prints what it finds.
///
/// # Errors
/// When something is wrong.
pub fn command(mut args: CheckArgs) -> Result<()> {
    stdio::take_stdout();
    if args.json || args.quiet || !stderr().is_terminal() {
        console::show_from(Level::Warning);
    }
    args.app.selection.sources.get_or_insert(SourcesArg::All);
    let (json, quiet) = (args.json, args.quiet);
    let report = examine(args)?;
    let text = if json { report.json() } else { report.text(quiet) };
    log::write(Stream::Stdout, text.as_bytes());
    let wrong = report.wrong();
    ensure!(wrong == 0, "{wrong} of these lines say what is wrong, and name the cure");
    Ok(())
}

fn examine(args: CheckArgs) -> Result<Report> {
    let CheckArgs { app, requests, no_dotenv, limits, grants, outgoing, network, .. } = args;
    let mut report = Report::new(limits.memory);
    let inputs = Inputs::of(&app, &grants, no_dotenv);
    let granted = inputs.and_then(|inputs| inputs.grants());
    let Unused { files, serving } = Unused::try_parse_from(["wasgi"])?;
    let host = HostArgs { limits, grants, outgoing, network, files, serving };
    match granted.and_then(|granted| build(&app, &host, granted)) {
        Err(error) => report.not_built(&error),
        Ok((ready, whole, setup)) => {
            report.built(&ready, &app.snapshot);
            server::runtime()?.block_on(async {
                let client = Client::of(&whole, &setup, &ready.compiled).await?;
                requests::all(&client, &requests, &limits, &mut report).await
            })?;
            report.sum_up();
        }
    }
    Ok(report)
}

fn build(app: &AppArgs, host: &HostArgs, granted: Grants) -> Result<(Ready, Whole, Setup)> {
    let whole = Whole::new(host)?;
    let setup = Setup { exposes_usage: true, ..Setup::new(host, granted)? };
    let behaviour = Behaviour { check: true, ..Behaviour::of(app) };
    let ready = in_memory::prepare(app, setup.build_options(app), &behaviour)?;
    Ok((ready, whole, setup))
}
