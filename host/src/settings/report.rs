//! `wasgi config`: the settings in force, and where each came from.

use super::{COMMANDS, Origin, Origins, has_variables, is_flag, is_list, key, matches, settings};
use crate::cli::Cli;
use anyhow::{Result, ensure};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, CommandFactory};
use std::ffi::OsString;
use std::fmt::Write;
use toml::Value;

#[derive(Args)]
pub struct ConfigArgs {
    /// A command as it would be given: `serve app.wasm --memory 64MiB`. Default: serve
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true, default_value = "serve")]
    command: Vec<OsString>,
}

/// Prints the settings as a file of settings would have them. Values of variables may be secret, and are left out.
///
/// # Errors
/// Those of the command itself, and for a command without settings.
pub fn command(args: ConfigArgs) -> Result<()> {
    let arguments: Vec<_> = [OsString::from("wasgi")].into_iter().chain(args.command).collect();
    let is_known = COMMANDS.iter().any(|name| arguments[1] == *name);
    ensure!(is_known, "settings are those of `wasgi {}`: name one of them first", COMMANDS.join("`, `wasgi "));
    let (matches, origins) = matches(arguments)?;
    let (name, given) = matches.subcommand().expect("one of the commands");
    // In the order of the help: adding gunicorn's spellings moves options to the end.
    let description = Cli::command();
    let command = description.find_subcommand(name).expect("it was parsed");
    for arg in settings(command) {
        print!("{}", line(arg, given, &origins));
    }
    Ok(())
}

/// One setting: `memory = "128MiB"  # default`.
fn line(arg: &Arg, given: &ArgMatches, origins: &Origins) -> String {
    let id = arg.get_id().as_str();
    let raw = given.get_raw(id).map(|values| values.map(|value| value.to_string_lossy().into_owned()));
    let Some(values) = raw.map(Iterator::collect::<Vec<_>>) else {
        return format!("# {} is not set\n", key(arg));
    };
    let by_itself = match given.value_source(id) {
        Some(ValueSource::CommandLine) => Origin::CommandLine,
        _ => Origin::Default,
    };
    let origin = origins.get(id).unwrap_or(&by_itself);
    let setting = format!("{} = {}", key(arg), shown(arg, values));
    let mut line = String::new();
    let _ = writeln!(line, "{setting:<40} # {origin}");
    line
}

fn shown(arg: &Arg, mut values: Vec<String>) -> Value {
    if is_flag(arg) {
        return Value::Boolean(values.first().is_some_and(|value| value == "true"));
    }
    if has_variables(arg) {
        for value in &mut values {
            *value = value.split_once('=').map_or(value.clone(), |(name, _)| format!("{name}=..."));
        }
    }
    let mut values = values.into_iter().map(Value::String);
    if is_list(arg) { Value::Array(values.collect()) } else { values.next().unwrap_or(Value::String(String::new())) }
}
