//! gunicorn's options (`gunicorn --help`, 23.0), so that a command line written for it can be used: those that mean the
//! same are other spellings of ours; of the others, one line says what takes their place.

use clap::{Arg, ArgAction, ArgMatches, Command};
use std::fmt;

/// Our option, and gunicorn's spellings of it.
const SPELLINGS: [(&str, &[&str], Option<char>); 7] = [
    ("timeout", &[], Some('t')),
    ("env", &[], Some('e')),
    ("target", &["limit-request-line"], None),
    ("headers", &["limit-request-fields"], None),
    ("tls_cert", &["certfile"], None),
    ("tls_key", &["keyfile"], None),
    ("connections", &["worker-connections"], None),
];

/// An option of gunicorn's that has no meaning here.
pub struct Foreign {
    long: &'static str,
    short: Option<char>,
    takes_value: bool,
    /// What takes its place.
    instead: &'static str,
    /// Without it, the server would be less safe than was asked for, or not where it is looked for.
    pub refused: bool,
}

const fn noted(long: &'static str, short: Option<char>, instead: &'static str) -> Foreign {
    Foreign { long, short, takes_value: true, instead, refused: false }
}

const fn flag(long: &'static str, instead: &'static str) -> Foreign {
    Foreign { long, short: None, takes_value: false, instead, refused: false }
}

const fn refused(long: &'static str, short: Option<char>, instead: &'static str) -> Foreign {
    Foreign { long, short, takes_value: true, instead, refused: true }
}

const CORES: &str = "one process uses every core, and --concurrency bounds the sandboxes at once";
const FRESH: &str = "a sandbox lives for one request, and nothing that it leaks outlives it";
const UNIT: &str = "start it as that user, by User= and Group= of a systemd unit for example";
const CLIENTS: &str = "let a proxy in front ask clients for their certificates";

const FOREIGN: [Foreign; 23] = [
    noted("workers", Some('w'), CORES),
    noted("threads", None, CORES),
    noted("worker-class", Some('k'), CORES),
    noted("max-requests", None, FRESH),
    noted("max-requests-jitter", None, FRESH),
    flag("preload", "the application's import is in the snapshot"),
    flag("reload", "`wasgi run` builds anew when a file changes"),
    noted("backlog", None, "it is 2048"),
    noted("name", Some('n'), "the process keeps its name"),
    noted("worker-tmp-dir", None, "there are no workers that write to files"),
    noted("limit-request-field_size", None, "--header-bytes limits all headers together"),
    flag("capture-output", "what the application prints is in the log"),
    noted("error-logfile", None, "messages go to standard error"),
    noted("log-file", None, "messages go to standard error"),
    flag("enable-stdio-inheritance", "what the application prints is in the log"),
    flag("no-sendfile", "files are sent without it"),
    noted("proxy-allow-from", None, "--forwarded-allow-ips names the proxies of --proxy-protocol, too"),
    Foreign { takes_value: false, ..refused("daemon", Some('D'), "let systemd or a container run it") },
    refused("user", Some('u'), UNIT),
    refused("group", Some('g'), UNIT),
    refused("pid", Some('p'), "systemd and containers know the process; a shell has it as $!"),
    refused("ca-certs", None, CLIENTS),
    refused("cert-reqs", None, CLIENTS),
];

/// gunicorn's names of such settings in a file, where they are not those of the command line.
const IN_FILES: [(&str, &str); 5] = [
    ("preload_app", "preload"),
    ("proc_name", "name"),
    ("pidfile", "pid"),
    ("errorlog", "error-logfile"),
    ("proxy_allow_ips", "proxy-allow-from"),
];

/// By its name in a file.
pub fn foreign(name: &str) -> Option<&'static Foreign> {
    let option = IN_FILES.iter().find(|(in_file, _)| *in_file == name);
    let long = option.map_or_else(|| name.replace('_', "-"), |(_, long)| (*long).to_owned());
    FOREIGN.iter().find(|foreign| foreign.long == long)
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "--{} is gunicorn's and has no meaning here: {}", self.long, self.instead)
    }
}

/// A server's command with these options, hidden from its help.
pub fn with_spellings(mut command: Command) -> Command {
    for (id, longs, short) in SPELLINGS {
        command = command.mut_arg(id, |arg| {
            let arg = arg.aliases(longs.iter().copied());
            if let Some(short) = short { arg.short_alias(short) } else { arg }
        });
    }
    command.args(FOREIGN.iter().map(|foreign| {
        let action = if foreign.takes_value { ArgAction::Append } else { ArgAction::SetTrue };
        let arg = Arg::new(foreign.long).long(foreign.long).action(action).hide(true);
        if let Some(short) = foreign.short { arg.short(short) } else { arg }
    }))
}

/// Says of each that was given what takes its place.
///
/// # Errors
/// For the first one that must not be left out: a server that should give up root's rights, for example.
pub fn notes(matches: &ArgMatches) -> anyhow::Result<Vec<String>> {
    let given = FOREIGN.iter().filter(|foreign| {
        let source = matches.try_get_raw(foreign.long).ok().flatten().and(matches.value_source(foreign.long));
        source.is_some_and(|source| source != clap::parser::ValueSource::DefaultValue)
    });
    let (refused, noted): (Vec<_>, Vec<_>) = given.partition(|foreign| foreign.refused);
    if let Some(refused) = refused.first() {
        anyhow::bail!("{refused}");
    }
    Ok(noted.into_iter().map(|foreign| format!("wasgi: note: {foreign}")).collect())
}
