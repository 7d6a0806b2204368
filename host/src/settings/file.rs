//! Settings from a file, `wasgi.toml`: a key for each option, and tables such as `[run]` and `[serve]` for one command,
//! and `[applications.NAME]` for one of several applications.

use super::{COMMANDS, applications, gunicorn_file, has_variables, is_flag, is_list, key, settings};
use anyhow::{Context, Result, bail, ensure};
use clap::{Arg, Command};
use std::fs;
use std::path::PathBuf;
use toml::{Table, Value};

/// In the current folder.
pub const NAME: &str = "wasgi.toml";
/// How like an option a key must be to be taken for a slip of the pen, from 0 to 1 (Jaro-Winkler).
const ALIKE: f64 = 0.85;

pub struct File {
    pub path: PathBuf,
    table: Table,
}

impl File {
    /// # Errors
    /// When the file cannot be read, or is neither TOML nor gunicorn's.
    pub fn read(path: PathBuf) -> Result<Self> {
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if path.extension().is_some_and(|extension| extension == "py") {
            let table = gunicorn_file::settings(&path, &text)?;
            return Ok(File { path, table });
        }
        let table = toml::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(File { path, table })
    }

    /// Checks that each key is an option of a command, so that a slip of the pen is no setting that has no effect.
    ///
    /// # Errors
    /// For the first one that is not.
    pub fn check(&self, description: &Command) -> Result<()> {
        for (name, value) in &self.table {
            match value {
                Value::Table(section) if COMMANDS.contains(&name.as_str()) => {
                    let of = [name.as_str()];
                    section.keys().try_for_each(|name| self.check_key(description, &of, name))?;
                }
                _ if name == applications::KEY => {
                    applications::check(self, description.find_subcommand("serve").expect("it is there"))?;
                }
                _ => self.check_key(description, &COMMANDS, name)?,
            }
        }
        Ok(())
    }

    /// The tables of several applications, by name.
    ///
    /// # Errors
    /// When they are no tables, or there is none.
    pub fn applications(&self) -> Result<Vec<(&str, &Table)>> {
        let Some(all) = self.table.get(applications::KEY) else { return Ok(vec![]) };
        let tables = all.as_table().filter(|tables| !tables.is_empty());
        let tables =
            tables.map(|tables| tables.iter().map(|(name, table)| Some((&**name, table.as_table()?))).collect());
        let tables: Option<Vec<_>> = tables.flatten();
        let path = self.path.display();
        tables.with_context(|| format!("{path}: write [applications.NAME], and below it that application's settings"))
    }

    /// Where an application is described.
    pub fn place(&self, application: &str) -> String {
        format!("{}: {}.{application}", self.path.display(), applications::KEY)
    }

    fn check_key(&self, description: &Command, commands: &[&str], name: &str) -> Result<()> {
        let commands_options = description.get_subcommands().filter(|command| commands.contains(&command.get_name()));
        let known: Vec<_> = commands_options.flat_map(settings).map(key).collect();
        let commands = commands.join("` or `wasgi ");
        check_key(&known, name, &format!("{}: `{name}` is no option of `wasgi {commands}`", self.path.display()))
    }

    /// A setting's values for a command, if the file has them.
    ///
    /// # Errors
    /// When they are of another kind than the option's.
    pub fn values(&self, command: &str, arg: &Arg) -> Result<Option<Vec<String>>> {
        let section = self.table.get(command).and_then(Value::as_table);
        let found = section.and_then(|section| section.get(key(arg))).or_else(|| self.table.get(key(arg)));
        let values = found.map(|value| values(arg, value));
        values.transpose().with_context(|| format!("{}: `{}`", self.path.display(), key(arg)))
    }
}

/// Checks that a key is one of those that are known.
///
/// # Errors
/// With this message if it is not, and the one that may be meant.
pub fn check_key(known: &[&str], name: &str, message: &str) -> Result<()> {
    if known.contains(&name) {
        return Ok(());
    }
    let alike = known.iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let alike = alike.filter(|(alike, _)| *alike > ALIKE).max_by(|one, other| one.0.total_cmp(&other.0));
    let hint = alike.map_or(String::new(), |(_, other)| format!("; is `{other}` meant?"));
    bail!("{message}{hint}")
}

/// A value as arguments of its option have it.
///
/// # Errors
/// When it is of another kind than the option's.
pub fn values(arg: &Arg, value: &Value) -> Result<Vec<String>> {
    match value {
        Value::Boolean(on) if is_flag(arg) => Ok(if *on { vec![String::new()] } else { vec![] }),
        _ if is_flag(arg) => bail!("write true or false"),
        Value::Table(table) if has_variables(arg) => {
            table.iter().map(|(name, value)| Ok(format!("{name}={}", scalar(value)?))).collect()
        }
        Value::Array(all) => {
            ensure!(is_list(arg), "this option has one value");
            all.iter().map(scalar).collect()
        }
        value => Ok(vec![scalar(value)?]),
    }
}

fn scalar(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(_) => bail!("true and false are for flags: write a text or a number"),
        _ => bail!("write a text or a number"),
    }
}
