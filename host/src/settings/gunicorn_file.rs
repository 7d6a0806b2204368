//! A configuration file of gunicorn (`gunicorn.conf.py`), as far as it holds plain values.
//!
//! The file is Python, and is read, not run: `NAME = VALUE` at the beginning of a line, where the value is a text, a
//! number, True, False, None, or a list of texts. What is computed is left out, and said.

use super::gunicorn;
use crate::terminal::console;
use anyhow::{Result, bail};
use std::path::Path;
use toml::{Table, Value};

/// gunicorn's names of settings (its `config.py`, 27.0), and ours.
const NAMES: [(&str, &str); 16] = [
    ("wsgi_app", "app"),
    ("bind", "bind"),
    ("timeout", "timeout"),
    ("graceful_timeout", "graceful-timeout"),
    ("keepalive", "keep-alive"),
    ("worker_connections", "connections"),
    ("limit_request_line", "target"),
    ("limit_request_fields", "headers"),
    ("reuse_port", "reuse-port"),
    ("raw_env", "env"),
    ("forwarded_allow_ips", "forwarded-allow-ips"),
    ("keyfile", "tls-key"),
    ("certfile", "tls-cert"),
    ("accesslog", "access-log-file"),
    ("access_log_format", "access-log"),
    ("loglevel", "log-level"),
];

/// The settings of a file of this text, as a file of ours would have them. What is left out is said.
///
/// # Errors
/// For one that must not be left out.
pub fn settings(path: &Path, text: &str) -> Result<Table> {
    let mut table = Table::new();
    for (name, value) in assignments(text) {
        match (NAMES.iter().find(|(theirs, _)| *theirs == name), plain(&value)) {
            (Some((_, ours)), Some(Some(value))) => {
                table.insert((*ours).to_owned(), value);
            }
            (_, Some(None)) => {}
            (Some(_), None) => {
                say(path, &format!("`{name}` is left out: it is computed, and the file is read, not run"))
            }
            (None, _) => match gunicorn::foreign(name) {
                Some(foreign) if foreign.refused => bail!("{}: {foreign}", path.display()),
                Some(foreign) => say(path, &foreign.to_string()),
                None => say(path, &format!("`{name}` is left out: wasgi has no such setting")),
            },
        }
    }
    Ok(table)
}

fn say(path: &Path, what: &str) {
    console::line(&format!("wasgi: note: {}: {what}", path.display()));
}

/// The assignments of a file to plain names, each with the text of its value.
fn assignments(text: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = vec![];
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((name, first)) = line.split_once('=') else { continue };
        let is_name = name.trim_end().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name || name.starts_with(char::is_whitespace) || name.is_empty() || first.starts_with('=') {
            continue;
        }
        let mut value = first.trim().to_owned();
        // A list may go over lines.
        while depth(&value) > 0 {
            let Some(next) = lines.next() else { break };
            value = format!("{value}\n{next}");
        }
        found.push((name.trim_end(), value));
    }
    found
}

/// How many brackets are open at the end.
fn depth(value: &str) -> i32 {
    value.chars().fold(0, |depth, c| match c {
        '[' | '(' | '{' => depth + 1,
        ']' | ')' | '}' => depth - 1,
        _ => depth,
    })
}

/// A plain value, Some(None) for Python's None, and None for what is no plain value. Python writes texts, numbers, lists
/// and comments as TOML does.
fn plain(value: &str) -> Option<Option<Value>> {
    let word = value.split('#').next().unwrap_or_default().trim();
    match word {
        "None" => Some(None),
        "True" => Some(Some(Value::Boolean(true))),
        "False" => Some(Some(Value::Boolean(false))),
        _ => toml::from_str::<Table>(&format!("value = {value}")).ok().map(|mut table| table.remove("value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_read_and_others_left_out() {
        let text = "
import multiprocessing

bind = ['127.0.0.1:8000',  # for nginx
        \"unix:/run/shop.sock\",
]
workers = multiprocessing.cpu_count() * 2 + 1
timeout = 30  # seconds
keyfile = None
reuse_port = True
raw_env = [
    'DJANGO_SETTINGS_MODULE=shop.settings',
]
forwarded_allow_ips = os.environ.get('PROXIES')
if bind == 1:
    graceful_timeout = 5
def post_fork(server, worker):
    timeout = 40
";
        let read = settings(Path::new("gunicorn.conf.py"), text).unwrap();
        let wanted = "bind = ['127.0.0.1:8000', 'unix:/run/shop.sock']\ntimeout = 30\nreuse-port = true\n\
             env = ['DJANGO_SETTINGS_MODULE=shop.settings']";
        assert_eq!(read, toml::from_str::<Table>(wanted).unwrap());
        let refused = settings(Path::new("gunicorn.conf.py"), "user = 'www-data'").unwrap_err().to_string();
        assert!(refused.starts_with("gunicorn.conf.py: --user is gunicorn's"), "{refused}");
    }
}
