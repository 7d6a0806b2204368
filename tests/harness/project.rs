//! A test's own folder of files.

use super::process::{BUILD_PATIENCE, Process, wasgi};
use super::server::Server;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the guest's series in a Unix prefix, as in `lib/python3.14`.
pub const LIBRARY: &str = concat!("lib/python", env!("PYTHON_SERIES"));
/// The packages of a virtual environment.
pub const SITE: &str = concat!("lib/python", env!("PYTHON_SERIES"), "/site-packages");

/// The folder is removed when the test ends.
pub struct Project(tempfile::TempDir);

impl Project {
    /// Writes files, each given as its path and its text.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Project(tempfile::tempdir().expect("a folder for temporary files"));
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a new folder");
        fs::write(path, text).expect("a new file");
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The command under test, started in this folder.
    pub fn wasgi(&self, args: &[&str]) -> Command {
        let mut command = wasgi(args);
        command.current_dir(self.0.path());
        command
    }

    /// Serves an app of this folder.
    pub fn run(&self, args: &[&str]) -> Server {
        Server::start(self.wasgi(&[&["run"], args].concat()))
    }

    /// Runs a command that must succeed; returns its output.
    pub fn succeed(&self, args: &[&str]) -> String {
        let (code, said) = finish(self.wasgi(args));
        assert_eq!(code, Some(0), "{said}");
        said
    }

    /// Runs a command that must be refused with a message; returns the message.
    pub fn refused(&self, args: &[&str]) -> String {
        let mut command = self.wasgi(args);
        if args[0] != "build" {
            command.args(["--bind", "127.0.0.1:0"]);
        }
        refused(command)
    }

    /// Builds a component; returns its path.
    pub fn build(&self, app: &str) -> PathBuf {
        self.build_with(app, &[])
    }

    /// The same with options of `wasgi build`.
    pub fn build_with(&self, app: &str, options: &[&str]) -> PathBuf {
        self.succeed(&[&["build", app, "--output", "built.wasm"], options].concat());
        self.path("built.wasm")
    }
}

/// Runs a command to its end; returns its exit code and its output.
fn finish(command: Command) -> (Option<i32>, String) {
    let mut process = Process::start(command);
    let code = process.wait_for_end(BUILD_PATIENCE).code();
    (code, process.log())
}

/// Runs a command that must end with exit code 1 and one message.
pub fn refused(command: Command) -> String {
    let (code, said) = finish(command);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.matches("wasgi: error: ").count(), 1, "one message: {said}");
    for noise in ["panicked at", "RUST_BACKTRACE", "stack backtrace", "/wasgi/wasgi_guest", "<frozen importlib"] {
        assert!(!said.contains(noise), "{noise:?} is not for the developer: {said}");
    }
    said
}
