//! `wasgi config`: the settings in force, and where each came from.

use super::applications::{KEY, is_of_server};
use super::{COMMANDS, Origin, Part, has_variables, is_flag, is_given, is_list, key, raw, resolve_or_exit, settings};
use crate::cli::Cli;
use anyhow::{Result, ensure};
use clap::{Arg, Args, CommandFactory};
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
    let (parts, _) = resolve_or_exit(&arguments)?;
    // In the order of the help: adding gunicorn's spellings moves options to the end.
    let description = Cli::command();
    let name = parts[0].matches.subcommand_name().expect("one of the commands");
    let command = description.find_subcommand(name).expect("it was parsed");
    let is_shared = |arg: &&Arg| parts[0].name.is_none() || is_of_server(arg);
    settings(command).filter(is_shared).for_each(|arg| print!("{}", line(arg, &parts[0])));
    for part in &parts {
        let Some(name) = &part.name else { continue };
        println!("\n[{KEY}.{name}]\n{}", place_of(part));
        let own = settings(command).filter(|arg| !is_of_server(arg) && arg.get_id() != "script_name");
        own.for_each(|arg| print!("{}", line(arg, part)));
    }
    Ok(())
}

/// Where one of several applications is.
fn place_of(part: &Part) -> String {
    let hosts = part.route.hosts.iter().map(|host| Value::String(host.to_string())).collect();
    let host = match &*part.route.hosts {
        [] => "# host is not set".to_owned(),
        _ => format!("host = {}", Value::Array(hosts)),
    };
    match &*part.route.prefix {
        "" => format!("{host}\n# prefix is not set"),
        prefix => format!("{host}\nprefix = {}", Value::String(prefix.to_owned())),
    }
}

/// One setting: `memory = "128MiB"  # default`.
fn line(arg: &Arg, part: &Part) -> String {
    let given = part.of_command().expect("one of the commands");
    let Some(values) = raw(given, arg) else {
        return format!("# {} is not set\n", key(arg));
    };
    let by_itself = if is_given(given, arg) { Origin::CommandLine } else { Origin::Default };
    let origin = part.origins.get(arg.get_id().as_str()).unwrap_or(&by_itself);
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
