//! Programs and collections of others, installed by `./just clients`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python program of `tests/clients`, with the packages that it needs.
pub fn python(program: &str) -> Command {
    let packages = tools().join("clients");
    assert!(packages.exists(), "{} is missing: ./just clients", packages.display());
    let mut command = Command::new("python3");
    command.arg(root().join("tests/clients").join(program)).env("PYTHONPATH", packages);
    command
}

/// gunicorn's source distribution.
pub fn gunicorn() -> PathBuf {
    let source = tools().join("requests/gunicorn");
    assert!(source.exists(), "{} is missing: ./just clients", source.display());
    source
}

/// Runs a program that must succeed; gives what it printed.
pub fn output(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{}{said}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("text")
}

fn tools() -> PathBuf {
    root().join(".tools")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
