//! Notices to the developer about the application's files: exclusions by a rule, large files, suspected secrets.

use super::inputs::Sources;
use super::sieve::{IGNORE_FILE, LeftOut};
use super::source::Source;
use crate::layout::APP;
use crate::terminal::console;
use crate::units::Size;
use anyhow::{Error, anyhow};
use memchr::memmem;

/// The most names in a line.
const MOST_NAMES: usize = 5;
/// An application's own files are mostly code and templates. More than this deserves a notice: every sandbox has it in
/// memory.
const LARGE: Size = Size(10 << 20);

/// Shows the notices.
pub fn show(sources: &Sources) {
    let (granted, ruled_out): (Vec<_>, Vec<_>) = sources.excluded.iter().partition(|left_out| left_out.granted);
    if !granted.is_empty() {
        console::line(&format!("wasgi: granted by --dir, so neither packed nor watched: {}", names(&granted)));
    }
    if !ruled_out.is_empty() {
        console::line(&format!(
            "wasgi: left out as data, log or secret: {} ({}); --dir grants a folder to requests, --include GLOB or \
             !GLOB in {IGNORE_FILE} packs what it names",
            ruled_out.len(),
            names(&ruled_out)
        ));
    }
    for pattern in &sources.unmatched {
        console::line(&format!(
            "wasgi: note: --include {pattern} matches nothing: name what is in a folder that is left out by the folder"
        ));
    }
    for file in sources.app.iter().filter(|file| is_private_key(file)) {
        console::line(&format!(
            "wasgi: warning: {} looks like a private key: whoever has the component has the key. Name it in \
             {IGNORE_FILE}, and grant its folder with --dir",
            below_app(file)
        ));
    }
    show_largest(&sources.app);
}

/// Adds the cure to an import error about a file that was left out.
pub fn explain(error: Error, excluded: &[LeftOut]) -> Error {
    let text = format!("{error:#}");
    let Some(missed) = excluded.iter().find(|left_out| is_missed(left_out, &text)) else { return error };
    let path = &missed.path;
    let why = if missed.granted { "it is granted by --dir" } else { "it looks like data, a log or a secret" };
    anyhow!(
        "{text}\n\n{path} was left out, as {why} (docs/guide/deploy.md has the rules). To pack it: --include /{path}, or a line \
         !/{path} in {IGNORE_FILE}. To keep it out: grant its folder with --dir, and read it in requests"
    )
}

fn names(left_out: &[&LeftOut]) -> String {
    let mut names: Vec<_> = left_out.iter().take(MOST_NAMES).map(|left_out| &*left_out.path).collect();
    if left_out.len() > MOST_NAMES {
        names.push("...");
    }
    names.join(", ")
}

/// A line that begins a private key in PEM (RFC 7468, sections 10 and 11, and OpenSSL's older forms). A program that
/// only contains these words has no such line.
fn is_private_key(file: &Source) -> bool {
    let is_begin = |at: usize| {
        let line = file.bytes[..at].rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        line.starts_with(b"-----BEGIN ")
    };
    !file.guest_path.ends_with(".py") && memmem::find_iter(&file.bytes, b"PRIVATE KEY-----").any(is_begin)
}

fn show_largest(files: &[Source]) {
    let size = |file: &&Source| file.bytes.len() as u64;
    let all = Size(files.iter().map(|file| size(&file)).sum());
    if all <= LARGE {
        return;
    }
    console::line(&format!(
        "wasgi: note: the application's own files take {all}, which every sandbox holds; {IGNORE_FILE} names what to \
         leave out, one pattern of .gitignore a line. The largest:"
    ));
    let mut largest: Vec<_> = files.iter().collect();
    largest.sort_by_key(|file| std::cmp::Reverse(size(file)));
    for file in largest.into_iter().take(MOST_NAMES) {
        console::line(&format!("wasgi:   {:>9}  {}", Size(size(&file)).to_string(), below_app(file)));
    }
}

fn below_app(file: &Source) -> &str {
    &file.guest_path[APP.len() + 1..]
}

/// Whether an error's text says that this file is missing.
fn is_missed(left_out: &LeftOut, text: &str) -> bool {
    let is_it = |path: &str| {
        let below = path.strip_prefix(APP).unwrap_or(path).trim_start_matches(['.', '/']);
        below == left_out.path.trim_end_matches('/')
            || left_out.path.ends_with('/') && below.starts_with(&left_out.path)
    };
    let is_it_as_module = |name: &str| {
        let path = name.replace('.', "/");
        is_it(&format!("{path}/")) || is_it(&format!("{path}.py"))
    };
    text.lines().any(|line| {
        let mut quoted = line.split('\'').skip(1).step_by(2);
        match line {
            _ if line.contains("No such file or directory") => quoted.any(is_it),
            _ if line.to_lowercase().contains("no module named") => quoted.any(is_it_as_module),
            // SQLite does not say which file.
            _ => line.contains("unable to open database file") && is_database(&left_out.path),
        }
    })
}

fn is_database(path: &str) -> bool {
    [".db", ".sqlite", ".sqlite3"].iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::sources::form::Form;

    fn misses(path: &str, text: &str) -> bool {
        is_missed(&LeftOut { path: path.to_owned(), granted: false }, text)
    }

    #[test]
    fn errors_name_what_was_left_out() {
        let missing = |path: &str| format!("FileNotFoundError: [Errno 2] No such file or directory: '{path}'");
        for path in ["/app/instance/config.py", "instance/config.py", "./instance/config.py", "/app/instance"] {
            assert!(misses("instance/", &missing(path)), "{path}");
        }
        for path in ["/app/instances/config.py", "/instance.py", "/app/other/instance/config.py"] {
            assert!(!misses("instance/", &missing(path)), "{path}");
        }
        assert!(misses("instance/", "No module named 'instance.config'"));
        assert!(misses("instance/", "There is no module named 'instance' in the application's folder"));
        assert!(!misses("instance/", "No module named 'instant'") && !misses("x.log", "No module named 'x'"));
        assert!(misses("db.sqlite3", "sqlite3.OperationalError: unable to open database file"));
        assert!(!misses("x.log", "sqlite3.OperationalError: unable to open database file"));
    }

    #[test]
    fn private_keys_are_told_from_what_speaks_of_them() {
        let file = |name: &str, text: &str| Source {
            guest_path: format!("/app/{name}"),
            bytes: text.into(),
            mtime: 0,
            executable: false,
            form: Form::AsIs,
        };
        for begin in ["-----BEGIN PRIVATE KEY-----", "subject=x\n-----BEGIN RSA PRIVATE KEY-----\n"] {
            assert!(is_private_key(&file("server.pem", begin)), "{begin}");
        }
        assert!(!is_private_key(&file("server.pem", "-----BEGIN CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\n")));
        assert!(!is_private_key(&file("keys.txt", "It begins with -----BEGIN PRIVATE KEY-----")));
        assert!(!is_private_key(&file("keys.py", "-----BEGIN PRIVATE KEY-----")));
    }
}
