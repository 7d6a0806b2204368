//! Settings from the environment: `WASGI_MEMORY` for `--memory`.

use super::{is_flag, is_list, key};
use anyhow::{Result, bail};
use clap::Arg;

/// The variable of a setting.
pub fn variable(arg: &Arg) -> String {
    format!("WASGI_{}", key(arg).replace('-', "_").to_uppercase())
}

/// A setting's values, if its variable is set, and the variable. White space separates the values of an option that may
/// be given several times, as in pip's variables.
///
/// # Errors
/// When the variable of a flag says neither yes nor no, or is no text.
pub fn values(arg: &Arg) -> Result<Option<(String, Vec<String>)>> {
    let name = variable(arg);
    let value = match std::env::var(&name) {
        Ok(value) => value,
        Err(std::env::VarError::NotPresent) => return Ok(None),
        Err(error) => bail!("{name}: {error}"),
    };
    let values = if is_flag(arg) {
        is_on(&name, &value)?.then_some(value).into_iter().collect()
    } else if is_list(arg) {
        value.split_whitespace().map(str::to_owned).collect()
    } else {
        vec![value]
    };
    Ok(Some((name, values)))
}

fn is_on(name: &str, value: &str) -> Result<bool> {
    match value.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => bail!("{name}={value}: write 1 or 0"),
    }
}
