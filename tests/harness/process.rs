//! A running `wasgi`: collects its output line by line, and ends with the test.

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for an immediate event: only a broken server lets it pass.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long it waits for an event after a build: with an empty cache, all of CPython is compiled first.
pub const BUILD_PATIENCE: Duration = Duration::from_secs(600);

/// The command under test, started in the folder of test apps. Errors of an app are answered as `wasgi serve` does:
/// most tests are about what any client sees, on any machine.
pub fn wasgi(args: &[&str]) -> Command {
    match args {
        ["run", rest @ ..] => wasgi_for_developers(&[&["run", "--no-error-page"], rest].concat()),
        _ => wasgi_for_developers(args),
    }
}

/// The same as a developer starts it.
pub fn wasgi_for_developers(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasgi"));
    command.args(args).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/apps"));
    // The developer's own packages must not affect the tests.
    command.env_remove("VIRTUAL_ENV");
    // Nor must the developer's choice of backtraces.
    command.env_remove("RUST_BACKTRACE");
    command
}

/// The same for all test apps at once, with the packages that they import.
pub fn all_apps(verb: &str) -> Command {
    wasgi(&[verb, "every.py", "--site-packages", "../packages"])
}

/// A child process, killed when dropped. A failing test shows its output.
pub struct Process {
    child: Child,
    /// It leads a process group: its children end with it.
    leads: bool,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    output: Mutex<Output>,
    changed: Condvar,
}

/// A process's output so far: stdout and stderr in the order of arrival.
#[derive(Default)]
struct Output {
    lines: Vec<String>,
    /// How many of the two streams have ended.
    ended: usize,
}

impl Process {
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let log = Arc::new(Log::default());
        collect(child.stdout.take().expect("piped"), log.clone());
        collect(child.stderr.take().expect("piped"), log.clone());
        Process { child, leads: false, log }
    }

    /// The same for a program that starts others, which are killed with it.
    pub fn start_group(mut command: Command) -> Self {
        command.process_group(0);
        let mut process = Self::start(command);
        process.leads = true;
        process
    }

    /// Waits for a line that contains `text`; returns the first one.
    pub fn wait_for(&self, text: &str, patience: Duration) -> String {
        let output = self.wait_until(patience, |output| output.ended == 2 || output.find(text).is_some());
        let Some(line) = output.find(text) else {
            panic!("wasgi did not say {text:?} ({})", if output.ended == 2 { "it has ended" } else { "it still runs" });
        };
        line.to_owned()
    }

    /// Waits for a line of a kind; returns the first one.
    pub fn wait_for_line(&self, kind: impl Fn(&str) -> bool, patience: Duration) -> String {
        let find = |output: &Output| output.lines.iter().find(|line| kind(line)).cloned();
        let output = self.wait_until(patience, |output| output.ended == 2 || find(output).is_some());
        find(&output).expect("no such line came")
    }

    /// Waits for this many lines that contain `text`.
    pub fn wait_for_lines(&self, text: &str, count: usize, patience: Duration) {
        let found = |output: &Output| output.lines.iter().filter(|line| line.contains(text)).count();
        let output = self.wait_until(patience, |output| output.ended == 2 || found(output) >= count);
        assert!(found(&output) >= count, "wasgi said {text:?} {} times instead of {count}", found(&output));
    }

    /// Waits until the process has ended and its output is complete.
    pub fn wait_for_end(&mut self, patience: Duration) -> ExitStatus {
        let ended = self.wait_until(patience, |output| output.ended == 2).ended;
        assert_eq!(ended, 2, "wasgi has not ended");
        self.child.wait().expect("it is our child")
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("the process runs");
    }

    /// Kills it and its children, where it leads a process group.
    pub fn kill_group(&self) {
        assert!(self.leads, "it may have no group of its own");
        killpg(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGKILL).expect("the process runs");
    }

    /// All output so far.
    pub fn log(&self) -> String {
        self.log.lock().lines.join("\n")
    }

    fn wait_until(&self, patience: Duration, done: impl Fn(&Output) -> bool) -> MutexGuard<'_, Output> {
        let waited = self.log.changed.wait_timeout_while(self.log.lock(), patience, |output| !done(output));
        waited.expect("no panic while held").0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.leads {
            let _ = killpg(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- wasgi (pid {}) said:\n{}\n---", self.child.id(), self.log());
        }
    }
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn change(&self, change: impl FnOnce(&mut Output)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

impl Output {
    fn find(&self, text: &str) -> Option<&str> {
        self.lines.iter().find(|line| line.contains(text)).map(|line| &**line)
    }
}

/// Reads one of the two streams to its end, on a thread of its own.
fn collect(stream: impl Read + Send + 'static, log: Arc<Log>) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = vec![];
        while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            log.change(|output| output.lines.push(text));
            line.clear();
        }
        log.change(|output| output.ended += 1);
    });
}

/// Looks until it is so.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
