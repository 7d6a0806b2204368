//! Settings: the options of `run`, `check`, `serve` and `build`, from the command line, else the environment, else a file, else
//! their defaults.
//!
//! What the command line leaves open is looked up and added to its arguments, so that there is one parser and one set
//! of checks, wherever a value comes from.

mod environment;
mod file;
mod gunicorn;
mod gunicorn_file;
pub mod report;

use crate::cli::Cli;
use crate::terminal::console;
use anyhow::{Context, Result};
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, CommandFactory, FromArgMatches};
use file::File;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The commands whose options are settings.
const COMMANDS: [&str; 4] = ["run", "check", "serve", "build"];
/// Of these, the ones that gunicorn's options belong to.
const SERVERS: [&str; 2] = ["run", "serve"];

// Where settings are; no settings themselves. (A doc comment would become the commands' help.)
#[derive(Args)]
#[command(next_help_heading = "Settings (docs/reference/configuration.md)")]
struct Place {
    /// File of settings: a wasgi.toml, or a gunicorn.conf.py, of which plain values are read.
    ///
    /// Default: wasgi.toml in the current folder, if there is one.
    #[arg(short, long, value_name = "FILE", env = "WASGI_CONFIG", hide_env = true)]
    config: Option<PathBuf>,
    /// Folder to change to before anything else
    #[arg(long, value_name = "DIR", env = "WASGI_CHDIR", hide_env = true)]
    chdir: Option<PathBuf>,
}

/// Who gave a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    CommandLine,
    /// A variable of the environment.
    Variable(String),
    File(PathBuf),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Origin::CommandLine => write!(f, "command line"),
            Origin::Variable(name) => write!(f, "{name}"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Default => write!(f, "default"),
        }
    }
}

/// By the ids of options.
type Origins = BTreeMap<String, Origin>;

/// The command line's whole description.
pub fn description() -> Command {
    let command =
        COMMANDS.iter().fold(Cli::command(), |command, name| command.mut_subcommand(name, Place::augment_args));
    SERVERS.iter().fold(command, |command, name| command.mut_subcommand(name, gunicorn::with_spellings))
}

/// Parses a command line, completed with settings from elsewhere. Ends the process as `--help` and invalid options do.
///
/// # Errors
/// When a file of settings cannot be read or has an unknown key, or an option of gunicorn must not be left out.
pub fn parse(arguments: Vec<OsString>) -> Result<Cli> {
    let (matches, _) = matches(arguments)?;
    if let Some((_, of_command)) = matches.subcommand() {
        gunicorn::notes(of_command)?.iter().for_each(|note| console::line(note));
    }
    Ok(Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}

/// With the origins of what the command line does not say.
fn matches(mut arguments: Vec<OsString>) -> Result<(ArgMatches, Origins)> {
    let description = description();
    let (found, origins) = look_up(&description, &arguments)?;
    if !found.is_empty() {
        // Behind `wasgi COMMAND`.
        arguments.splice(2..2, found);
    }
    let matches = description.try_get_matches_from(arguments).unwrap_or_else(|error| refuse(&error, &origins));
    Ok((matches, origins))
}

/// Ends the process with clap's message, and says whose value it was.
fn refuse(error: &clap::Error, origins: &Origins) -> ! {
    let (Ok(()) | Err(_)) = error.print();
    if let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) {
        let id = option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default().replace('-', "_");
        if let Some(origin) = origins.get(&id) {
            console::line(&format!("\nThe value of {option} is from {origin}."));
        }
    }
    std::process::exit(error.exit_code())
}

/// Looks up what the command line leaves open, as arguments for it.
fn look_up(description: &Command, arguments: &[OsString]) -> Result<(Vec<OsString>, Origins)> {
    let lenient = description.clone().ignore_errors(true).try_get_matches_from(arguments);
    // Help, other commands and none at all are the parser's own matter.
    let Ok(Some((name, given))) = lenient.as_ref().map(ArgMatches::subcommand) else { return Ok(Default::default()) };
    let Some(command) = description.find_subcommand(name).filter(|_| COMMANDS.contains(&name)) else {
        return Ok(Default::default());
    };
    let file = find_file(given)?;
    file.iter().try_for_each(|file| file.check(description))?;
    let mut search = Search { command, taken: vec![], arguments: vec![], origins: Origins::new() };
    let is_given = |arg: &&Arg| given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    search.taken.extend(settings(command).filter(is_given));
    for arg in settings(command) {
        if let Some((variable, values)) = environment::values(arg)? {
            search.offer(arg, &values, Origin::Variable(variable));
        }
    }
    let Some(file) = file else { return Ok(search.found()) };
    for arg in settings(command) {
        if let Some(values) = file.values(name, arg)? {
            search.offer(arg, &values, Origin::File(file.path.clone()));
        }
    }
    Ok(search.found())
}

/// What was found for a command so far.
struct Search<'a> {
    command: &'a Command,
    /// The settings that have a value.
    taken: Vec<&'a Arg>,
    arguments: Vec<OsString>,
    origins: Origins,
}

impl<'a> Search<'a> {
    /// Takes values for a setting, unless it has one already, or another one that it conflicts with.
    fn offer(&mut self, arg: &'a Arg, values: &[String], origin: Origin) {
        let conflicts = |one: &Arg, other: &Arg| self.command.get_arg_conflicts_with(one).contains(&other);
        if self.taken.iter().any(|other| *other == arg || conflicts(arg, other) || conflicts(other, arg)) {
            return;
        }
        self.taken.push(arg);
        self.arguments.extend(values.iter().map(|value| argument(arg, value)));
        self.origins.insert(arg.get_id().to_string(), origin);
    }

    fn found(self) -> (Vec<OsString>, Origins) {
        (self.arguments, self.origins)
    }
}

/// The settings among a command's options and arguments.
fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    let others = ["help", "config", "chdir"];
    command.get_arguments().filter(move |arg| !arg.is_hide_set() && !others.contains(&arg.get_id().as_str()))
}

/// A setting's name: that of its long option, or of the argument.
fn key(arg: &Arg) -> &str {
    arg.get_long().unwrap_or(arg.get_id().as_str())
}

fn is_flag(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Whether it has variables as values, which may be secret.
fn has_variables(arg: &Arg) -> bool {
    arg.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == "NAME[=VALUE]"))
}

/// A value as an argument of the command line. A flag has one value if it is on, and none otherwise.
fn argument(arg: &Arg, value: &str) -> OsString {
    let text = match arg.get_long() {
        None => value.to_owned(),
        Some(long) if is_flag(arg) => format!("--{long}"),
        Some(long) => format!("--{long}={value}"),
    };
    text.into()
}

/// Changes to the folder of `--chdir`, and reads the file of settings. A file that gives another folder is read first.
fn find_file(given: &ArgMatches) -> Result<Option<File>> {
    let place = Place::from_arg_matches(given)?;
    if let Some(folder) = &place.chdir {
        std::env::set_current_dir(folder).with_context(|| format!("--chdir {}", folder.display()))?;
    }
    let file = match place.config {
        Some(path) => Some(File::read(path).context("--config")?),
        None => Some(PathBuf::from(file::NAME)).filter(|path| path.exists()).map(File::read).transpose()?,
    };
    Ok(file)
}
