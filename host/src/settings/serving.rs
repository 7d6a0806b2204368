//! What settings say that `wasgi serve` is to serve.

use super::{Part, applications, argument, description, raw, settings};
use crate::serve::options::ServeArgs;
use crate::serve::served::Served;
use anyhow::{Context, Result, ensure};
use clap::{Arg, ArgMatches, FromArgMatches};
use std::ffi::OsString;

/// The application of each part.
///
/// # Errors
/// When what one is to serve can never be asked for.
pub fn applications(parts: &[Part]) -> Result<Vec<Served>> {
    let description = description();
    let options: Vec<_> = settings(description.find_subcommand("serve").expect("it is there")).collect();
    parts.iter().map(|part| served(part, parts.len() as u32, &options)).collect()
}

fn served(part: &Part, of: u32, options: &[&Arg]) -> Result<Served> {
    let matches = part.of_command().context("it is no command")?;
    let mut args = ServeArgs::from_arg_matches(matches)?;
    if let Some(name) = &part.name {
        let prefix = &*part.route.prefix;
        for path in args.host.files.paths() {
            let is_below = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            ensure!(
                is_below,
                "applications.{name}: `static` {path} is not below its `prefix`: write {prefix}{path}=DIR"
            );
        }
        // Their defaults are shares of what the process may have.
        args.host.outgoing.limits.share(of);
        args.host.network.limits.share(of);
    }
    let route = part.route.to_string();
    let written = written(matches, options, |arg| !applications::is_of_server(arg));
    Ok(Served {
        name: part.name.as_deref().map(Into::into),
        route: part.route.clone(),
        args,
        written: written.into_iter().chain([route.into()]).collect(),
        of_server: self::written(matches, options, applications::is_of_server),
    })
}

/// The values of some settings, as a command line would have them.
fn written(matches: &ArgMatches, options: &[&Arg], is_wanted: impl Fn(&Arg) -> bool) -> Vec<OsString> {
    let wanted = options.iter().filter(|arg| is_wanted(arg));
    let all = wanted.flat_map(|arg| {
        let values = raw(matches, arg).unwrap_or_default();
        values.iter().map(|value| argument(arg, value)).collect::<Vec<_>>()
    });
    all.collect()
}
