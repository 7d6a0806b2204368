//! Servers from Debian's packages, each with a folder of its own.

use super::{Authority, Process};
use nix::sys::signal::Signal;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

/// How long a server takes to start or to end, at most.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// `nobody` on Debian.
const NOBODY: u32 = 65534;

/// Where `./just servers` unpacked the packages.
static UNPACKED: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut fetch = Command::new("python3");
    fetch.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers/fetch.py")).arg("print");
    let output = fetch.output().expect("python3 runs");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = PathBuf::from(said.trim());
    assert!(folder.is_dir(), "{} is missing: run `./just servers` (`./just test` does)", folder.display());
    folder
});

/// A file of a package, by its path below the root.
pub fn unpacked(path: &str) -> PathBuf {
    UNPACKED.join(path)
}

/// A program of a package, run by [`NOBODY`] where the tests are run by root: the servers refuse root.
///
/// It keeps one of root's privileges, to read whatever it likes: the packages may lie in root's own folder.
pub fn command(program: &Path) -> Command {
    let mut command = if nix::unistd::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--securebits=+no_setuid_fixup"]);
        command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.env("LD_LIBRARY_PATH", unpacked("usr/lib/x86_64-linux-gnu")).env("LC_ALL", "C").stdin(Stdio::null());
    command
}

/// A port that is free now; these servers cannot be asked which one the kernel gave them.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

/// The folder of a server.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// With the certificate of `authority` in it, where the server speaks TLS.
    pub fn new(authority: Option<&Authority>) -> Self {
        let folder = Folder(tempfile::tempdir().expect("a folder for temporary files"));
        folder.give(folder.0.path());
        if let Some(authority) = authority {
            folder.write("cert.pem", &authority.certificate);
            folder.write("key.pem", &authority.key);
        }
        folder
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("a new file");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a file");
        self.give(Path::new(&path));
        path
    }

    pub fn give(&self, path: &Path) {
        if nix::unistd::geteuid().is_root() {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
    }
}

/// A server that runs; it ends with the test, which shows what it said when it fails.
pub struct Daemon {
    process: Process,
    /// What has it end in good order.
    farewell: Signal,
    killed: bool,
    _folder: Folder,
}

impl Daemon {
    /// Waits for the line with which the server says that it is ready.
    pub fn start(command: Command, ready: &str, farewell: Signal, folder: Folder) -> Self {
        let process = Process::start_group(command);
        process.wait_for(ready, PATIENCE);
        Daemon { process, farewell, killed: false, _folder: folder }
    }

    /// Kills the server and its children.
    pub fn kill(&mut self) {
        self.process.kill_group();
        self.process.wait_for_end(PATIENCE);
        self.killed = true;
    }

    pub fn wait_for(&self, text: &str) -> String {
        self.process.wait_for(text, PATIENCE)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // While a panic unwinds, another one would hide what the test has to say.
        if !self.killed && !std::thread::panicking() {
            self.process.signal(self.farewell);
            self.process.wait_for_end(PATIENCE);
        }
    }
}

/// Runs a program to its end, which has to be a good one.
pub fn succeed(mut command: Command) {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&said));
}
