//! `wasgi completions` and `wasgi man`: the command line for shells and for man, generated from its one description.

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use std::fs;
use std::io::{Write, stdout};
use std::path::PathBuf;

#[derive(Args)]
pub struct CompletionsArgs {
    /// The shell to complete in
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Args)]
pub struct ManArgs {
    /// The folder to write into: wasgi.1, and a page for each verb
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the script to standard output.
///
/// # Errors
/// When that cannot be written to.
pub fn completions(mut command: Command, args: CompletionsArgs) -> Result<()> {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut command, "wasgi", &mut script);
    stdout().write_all(&script).context("writing the completions")
}

/// Writes the pages (section 1 of man).
///
/// # Errors
/// When the folder cannot be made or written to.
pub fn man(command: Command, args: ManArgs) -> Result<()> {
    let ManArgs { folder } = args;
    fs::create_dir_all(&folder)
        .and_then(|()| clap_mangen::generate_to(command, &folder))
        .with_context(|| format!("writing manual pages into {}", folder.display()))
}
