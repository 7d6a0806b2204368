//! Settings: the options of `run`, `check`, `serve` and `build`, from the command line, else the environment, else a file, else
//! their defaults.
//!
//! What the command line leaves open is looked up and added to its arguments, so that there is one parser and one set
//! of checks, wherever a value comes from.

mod applications;
mod environment;
mod file;
mod gunicorn;
mod gunicorn_file;
mod refusal;
pub mod report;
mod serving;

use crate::cli::Cli;
use crate::serve::route::Route;
use crate::serve::served::Serving;
use crate::terminal::console;
use anyhow::{Context, Result};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, CommandFactory, FromArgMatches};
use file::File;
use refusal::Refusal;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// The table of one of several applications, in a file.
    Application(PathBuf, String),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Origin::CommandLine => write!(f, "command line"),
            Origin::Variable(name) => write!(f, "{name}"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Application(path, name) => write!(f, "{} {}.{name}", path.display(), applications::KEY),
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

/// A command with its settings: the one that was given, or `wasgi serve` of one of several applications.
struct Part {
    /// None where no several applications are described.
    name: Option<String>,
    route: Route,
    matches: ArgMatches,
    origins: Origins,
}

impl Part {
    /// The command's own matches.
    fn of_command(&self) -> Option<&ArgMatches> {
        self.matches.subcommand().map(|(_, of_command)| of_command)
    }
}

/// Parses a command line, completed with settings from elsewhere, and tells what `wasgi serve` is to serve. Ends the
/// process as `--help` and invalid options do.
///
/// # Errors
/// When a file of settings cannot be read or has an unknown key, or an option of gunicorn must not be left out.
pub fn parse(arguments: Vec<OsString>) -> Result<(Cli, Option<Serving>)> {
    let (parts, notes) = resolve_or_exit(&arguments)?;
    notes.iter().for_each(|note| console::line(note));
    let cli = Cli::from_arg_matches(&parts[0].matches).unwrap_or_else(|error| error.exit());
    if parts[0].matches.subcommand_name() != Some("serve") {
        return Ok((cli, None));
    }
    let applications = serving::applications(&parts)?;
    let again = Arc::new(move || serving::applications(&resolve(&arguments, false)?.0));
    Ok((cli, Some(Serving { applications, again })))
}

/// [`resolve`] as the process begins: what clap refuses ends it.
fn resolve_or_exit(arguments: &[OsString]) -> Result<(Vec<Part>, Vec<String>)> {
    resolve(arguments, true).map_err(|error| match error.downcast::<Refusal>() {
        Ok(refusal) => refusal.exit(),
        Err(error) => error,
    })
}

/// Completes a command line with settings from elsewhere. The second value is what there is to say of it. Only the
/// beginning of the process `moves` to the folder of `--chdir`.
fn resolve(arguments: &[OsString], moves: bool) -> Result<(Vec<Part>, Vec<String>)> {
    let description = description();
    let lenient = description.clone().ignore_errors(true).try_get_matches_from(arguments);
    // Help, other commands and none at all are the parser's own matter.
    let given = lenient.as_ref().ok().and_then(ArgMatches::subcommand).filter(|(name, _)| COMMANDS.contains(name));
    let Some((name, given)) = given else { return only(&description, arguments.to_vec(), Origins::new()) };
    let command = description.find_subcommand(name).expect("one of the commands");
    let file = find_file(given, moves)?;
    file.iter().try_for_each(|file| file.check(&description))?;
    if let Some(file) = file.as_ref().filter(|_| name == "serve")
        && !file.applications()?.is_empty()
    {
        let lacking =
            description.clone().mut_subcommand("serve", |serve| serve.mut_arg("component", |arg| arg.required(false)));
        let matches = strictly(&lacking, arguments.to_vec(), &Origins::new())?;
        return Ok((applications::parts(&description, file, given)?, notes(&matches)?));
    }
    let mut search = Search::of(command);
    search.taken.extend(settings(command).filter(|arg| is_given(given, arg)));
    search.look_up(name, &settings(command).collect::<Vec<_>>(), file.as_ref())?;
    let (found, origins) = search.found();
    let mut arguments = arguments.to_vec();
    if !found.is_empty() {
        // Behind `wasgi COMMAND`.
        arguments.splice(2..2, found);
    }
    only(&description, arguments, origins)
}

/// The command that was given, as the only one.
fn only(description: &Command, arguments: Vec<OsString>, origins: Origins) -> Result<(Vec<Part>, Vec<String>)> {
    let matches = strictly(description, arguments, &origins)?;
    let notes = notes(&matches)?;
    Ok((vec![Part { name: None, route: Route::default(), matches, origins }], notes))
}

/// Parses without mercy.
fn strictly(description: &Command, arguments: Vec<OsString>, origins: &Origins) -> Result<ArgMatches> {
    let parsed = description.clone().try_get_matches_from(arguments);
    parsed.map_err(|error| Refusal::of(error, origins).into())
}

/// What gunicorn's options mean here.
fn notes(matches: &ArgMatches) -> Result<Vec<String>> {
    matches.subcommand().map_or(Ok(vec![]), |(_, of_command)| gunicorn::notes(of_command))
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
    fn of(command: &'a Command) -> Self {
        Search { command, taken: vec![], arguments: vec![], origins: Origins::new() }
    }

    /// Whether an option has a value.
    fn has(&self, option: &str) -> bool {
        self.taken.iter().any(|arg| key(arg) == option)
    }

    /// Looks these settings up in the environment, then in a file.
    fn look_up(&mut self, command: &str, wanted: &[&'a Arg], file: Option<&File>) -> Result<()> {
        for arg in wanted {
            if let Some((variable, values)) = environment::values(arg)? {
                self.offer(arg, &values, Origin::Variable(variable));
            }
        }
        let Some(file) = file else { return Ok(()) };
        for arg in wanted {
            if let Some(values) = file.values(command, arg)? {
                self.offer(arg, &values, Origin::File(file.path.clone()));
            }
        }
        Ok(())
    }

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

/// Whether the command line itself has a value.
fn is_given(given: &ArgMatches, arg: &Arg) -> bool {
    given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

/// The values of a setting, as they were written.
fn raw(matches: &ArgMatches, arg: &Arg) -> Option<Vec<String>> {
    let values = matches.get_raw(arg.get_id().as_str())?;
    Some(values.map(|value| value.to_string_lossy().into_owned()).collect())
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

/// Changes to the folder of `--chdir` if it `moves`, and reads the file of settings.
fn find_file(given: &ArgMatches, moves: bool) -> Result<Option<File>> {
    let place = Place::from_arg_matches(given)?;
    if let Some(folder) = place.chdir.as_ref().filter(|_| moves) {
        std::env::set_current_dir(folder).with_context(|| format!("--chdir {}", folder.display()))?;
    }
    let file = match place.config {
        Some(path) => Some(File::read(path).context("--config")?),
        None => Some(PathBuf::from(file::NAME)).filter(|path| path.exists()).map(File::read).transpose()?,
    };
    Ok(file)
}
