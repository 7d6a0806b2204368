//! Third-party programs and collections, fetched by `./just corpora`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python program of `tests/clients`, with its packages.
pub fn python(program: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(root().join("tests/clients").join(program)).env("PYTHONPATH", fetched("packages"));
    command
}

/// A fetched folder: `packages`, or a source distribution below `sources`.
pub fn fetched(part: &str) -> PathBuf {
    let path = root().join(".tools/corpora").join(part);
    assert!(path.is_dir(), "{} is missing: run `./just corpora` (`./just test` does)", path.display());
    path
}

/// Runs a program that must succeed; returns its output.
pub fn output(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{}{said}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("text")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
