//! `[applications.NAME]` in wasgi.toml: several applications of one `wasgi serve`, each with settings of its own.

use super::file::{self, File};
use super::{Origin, Part, Search, environment, is_given, key, raw, settings, strictly};
use crate::outgoing::origin::Pattern;
use crate::serve::options;
use crate::serve::route::Route;
use anyhow::{Context, Result, bail, ensure};
use clap::{Arg, ArgMatches, Command};
use std::ffi::OsString;
use toml::{Table, Value};

/// The table of all applications.
pub const KEY: &str = "applications";
/// Where requests for an application come in: keys that are no options.
const ROUTE: [&str; 2] = ["host", "prefix"];
/// What an application has of its own, and none inherits: the option, and the key for it.
const OWN: [(&str, &str); 2] = [("component", "component"), ("script-name", "prefix")];
/// Options without which others have no meaning.
const NEEDED: [(&str, &str); 2] = [("static-max-age", "static"), ("ca-file", "allow-http")];
/// Options of the whole server: they count before it is known whose a request is, or for the machine.
const OF_SERVER: [&str; 26] = [
    "connections",
    "header-bytes",
    "headers",
    "target",
    "header-timeout",
    "keep-alive",
    "send-timeout",
    "graceful-timeout",
    "bind",
    "find-free-port",
    "reuse-port",
    "socket-mode",
    "socket-owner",
    "tls-cert",
    "tls-key",
    "access-log",
    "access-log-file",
    "log-level",
    "request-ids",
    "admin",
    "otlp",
    "drain-delay",
    "forwarded-allow-ips",
    "proxy-protocol",
    "reset",
    "verify-reset",
];

pub fn is_of_server(arg: &Arg) -> bool {
    OF_SERVER.contains(&key(arg))
}

/// Whether an application inherits a setting that is said of all.
fn is_inherited(arg: &Arg) -> bool {
    OWN.iter().all(|(option, _)| *option != key(arg))
}

/// The keys of an application's table.
pub fn keys(serve: &Command) -> Vec<&str> {
    let options = settings(serve).filter(|arg| !is_of_server(arg) && key(arg) != "script-name").map(key);
    options.chain(ROUTE).collect()
}

/// Checks the keys of all tables.
///
/// # Errors
/// For the first one that is no setting of an application.
pub fn check(file: &File, serve: &Command) -> Result<()> {
    for (name, table) in file.applications()? {
        let place = file.place(name);
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        ensure!(is_plain && !name.is_empty(), "{place}: an application's name has letters, digits, - and _");
        for found in table.keys() {
            ensure!(
                !OF_SERVER.contains(&found.as_str()),
                "{place}: `{found}` is of the whole server: write it outside of [{KEY}]"
            );
            let instead = OWN.iter().find(|(option, key)| option == found && option != key);
            if let Some((_, key)) = instead {
                bail!("{place}: `{key}` is where an application is mounted, and not `{found}`");
            }
            file::check_key(&keys(serve), found, &format!("{place}: `{found}` is no setting of an application"))?;
        }
        ensure!(table.contains_key("component"), "{place}: name its `component`, a file of `wasgi build`");
    }
    Ok(())
}

/// The command of each application.
///
/// # Errors
/// When a setting is said in a wrong place or has a wrong value, or two applications have the same place.
pub fn parts(description: &Command, file: &File, given: &ArgMatches) -> Result<Vec<Part>> {
    let serve = description.find_subcommand("serve").expect("it is there");
    for arg in settings(serve).filter(|arg| !is_inherited(arg)) {
        let is_said =
            is_given(given, arg) || environment::values(arg)?.is_some() || file.values("serve", arg)?.is_some();
        let (_, own) = OWN.iter().find(|(option, _)| *option == key(arg)).expect("not inherited");
        ensure!(
            !is_said,
            "`{}` is said, and {} has applications, each with a `{own}` of its own: leave it out, or choose another \
             --config",
            key(arg),
            file.path.display()
        );
    }
    let mut parts: Vec<Part> = vec![];
    for (name, table) in file.applications()? {
        let route = route(table).with_context(|| file.place(name))?;
        for rule in route.rules() {
            let same = parts.iter().find(|other| other.route.rules().any(|taken| taken == rule));
            let Some(same) = same.and_then(|same| same.name.as_ref()) else { continue };
            bail!(
                "{}: it is at {rule}, and {same} is, too: give one of them another `prefix` or `host`",
                file.place(name)
            );
        }
        parts.push(part(description, serve, file, given, (name, table), route)?);
    }
    Ok(parts)
}

fn part(
    description: &Command,
    serve: &Command,
    file: &File,
    given: &ArgMatches,
    (name, table): (&str, &Table),
    route: Route,
) -> Result<Part> {
    let mut search = Search::of(serve);
    for arg in settings(serve) {
        if let Some(value) = table.get(key(arg)) {
            let values = file::values(arg, value).with_context(|| format!("{}: `{}`", file.place(name), key(arg)))?;
            search.offer(arg, &values, Origin::Application(file.path.clone(), name.to_owned()));
        }
    }
    let needs = |arg: &Arg| NEEDED.iter().find(|(option, _)| *option == key(arg)).map(|(_, needed)| *needed);
    let inherited = settings(serve).filter(|arg| is_inherited(arg));
    let (needy, free): (Vec<_>, Vec<_>) = inherited.partition(|arg| needs(arg).is_some());
    inherit(&mut search, &free, file, given)?;
    let met: Vec<_> = needy.into_iter().filter(|arg| needs(arg).is_some_and(|needed| search.has(needed))).collect();
    inherit(&mut search, &met, file, given)?;
    let (found, origins) = search.found();
    let prefix = Some(format!("--script-name={}", route.prefix)).filter(|_| !route.prefix.is_empty());
    let command = ["wasgi", "serve"].map(OsString::from).into_iter().chain(found).chain(prefix.map(OsString::from));
    let matches = strictly(description, command.collect(), &origins).with_context(|| file.place(name))?;
    Ok(Part { name: Some(name.to_owned()), route, matches, origins })
}

/// What is said of all applications.
fn inherit<'a>(search: &mut Search<'a>, wanted: &[&'a Arg], file: &File, given: &ArgMatches) -> Result<()> {
    for arg in wanted.iter().filter(|arg| is_given(given, arg)) {
        search.offer(arg, &raw(given, arg).unwrap_or_default(), Origin::CommandLine);
    }
    search.look_up("serve", wanted, Some(file))
}

fn route(table: &Table) -> Result<Route> {
    let hosts = match table.get("host") {
        None => vec![],
        Some(Value::Array(hosts)) => hosts.iter().collect(),
        Some(host) => vec![host],
    };
    let hosts = hosts.into_iter().map(|host| {
        let host = host.as_str().context("`host`: write a name, or a list of names")?;
        Pattern::parse(host).with_context(|| format!("`host`: {host:?}"))
    });
    let prefix = table.get("prefix").map(|prefix| prefix.as_str().context("`prefix`: write a path, as in \"/shop\""));
    let prefix = options::script_name(prefix.transpose()?.unwrap_or_default()).context("`prefix`")?;
    Ok(Route { hosts: hosts.collect::<Result<_>>()?, prefix: prefix.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::description;
    use std::collections::BTreeSet;

    /// Whoever adds an option decides whose it is.
    #[test]
    fn each_option_of_a_server_is_known_to_be_the_whole_servers_or_an_applications() {
        let description = description();
        let serve = description.find_subcommand("serve").unwrap();
        let all: Vec<_> = settings(serve).map(key).collect();
        let missing: Vec<_> = OF_SERVER.iter().filter(|name| !all.contains(name)).collect();
        assert!(missing.is_empty(), "no options: {missing:?}");
        let of_applications: BTreeSet<_> = settings(serve).filter(|arg| !is_of_server(arg)).map(key).collect();
        let known = "component import-at-start memory timeout concurrency queue body body-timeout unsent response \
                     response-headers handles random dir-bytes output env env-file dir allow-http ca-file \
                     http-requests http-at-once http-bytes http-timeout http-connections allow-net net-sockets \
                     net-bytes net-timeout net-connections static static-max-age sendfile compress script-name \
                     expose-usage";
        assert_eq!(of_applications, known.split_whitespace().collect());
    }
}
