//! A `wasgi` that serves, and the requests to it.

use super::admin::Admin;
use super::engines;
use super::http::{Connection, Reply};
use super::memory::{self, Footprint, Memory};
use super::process::{self, BUILD_PATIENCE, PATIENCE, Process, wasgi};
use nix::sys::signal::Signal;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, ExitStatus};

/// A server on a port of its own; ends when dropped.
pub struct Server {
    process: Option<Process>,
    address: SocketAddr,
    agent: ureq::Agent,
}

impl Server {
    /// Serves every app of `tests/apps` at `/<its name>`; uses the engine's server if the test runs against an engine.
    pub fn all_apps() -> Self {
        match engines::asked() {
            Some(address) => Self::at(address, None),
            None => Self::all_apps_with(&[]),
        }
    }

    /// The same with options of `wasgi run`.
    pub fn all_apps_with(options: &[&str]) -> Self {
        let mut command = process::all_apps("run");
        command.args(options);
        Self::start(command)
    }

    /// Serves one app of `tests/apps`.
    pub fn run(app: &str) -> Self {
        Self::run_with(app, &[])
    }

    pub fn run_with(app: &str, options: &[&str]) -> Self {
        Self::start(wasgi(&[&["run", app], options].concat()))
    }

    /// Serves a component.
    pub fn serve(component: &Path) -> Self {
        Self::start(wasgi(&["serve", component.to_str().expect("UTF-8")]))
    }

    /// Serves natively, by a program that prints `native: ready on <its address>`.
    pub fn native(command: Command) -> Self {
        Self::wait(Process::start(command), "native: ready on http")
    }

    /// Serves a component with stock `wasmtime serve`.
    pub fn wasmtime(component: &Path, options: &[&str]) -> Self {
        let mut command = engines::wasmtime();
        command.args(["serve", "-S", "cli", "--addr", "127.0.0.1:0"]).args(options).arg(component);
        Self::wait(Process::start(command), "Serving HTTP on http://")
    }

    /// Serves a component with stock `jco serve`, which uses one instance for all requests.
    pub fn jco(component: &Path, options: &[&str]) -> Self {
        // jco prints only the port of its option, so this gets a free port from the kernel first.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let mut command = engines::jco();
        command.args(["serve", "--host", "127.0.0.1", "--port", &address.port().to_string()]).args(options);
        command.arg(component);
        let process = Process::start_group(command);
        process.wait_for("Server listening @ 127.0.0.1:", BUILD_PATIENCE);
        Self::at(address, Some(process))
    }

    /// A host of wasmCloud, which serves what it is told to run.
    pub fn wasmcloud(command: Command) -> Self {
        let process = Process::start(command);
        let line = process.wait_for("HTTP server listening addr=", PATIENCE);
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("addr="));
        Self::at(address.and_then(|address| address.parse().ok()).expect("address and port"), Some(process))
    }

    /// Starts any `wasgi` that serves.
    pub fn start(mut command: Command) -> Self {
        command.args(["--bind", "127.0.0.1:0"]);
        Self::start_as(command)
    }

    /// The same for a command that says where to listen.
    pub fn start_as(command: Command) -> Self {
        assert!(engines::asked().is_none(), "{}", engines::OWN_HOST);
        Self::wait(Process::start(command), "wasgi: ready on ")
    }

    /// The same for a server that starts another one in its place: that one ends with the test, too.
    pub fn start_group(command: Command) -> Self {
        Self::wait(Process::start_group(command), "wasgi: ready on ")
    }

    /// Waits until the process serves; it prints its address.
    fn wait(process: Process, ready: &str) -> Self {
        let ready = process.wait_for(ready, BUILD_PATIENCE);
        let address = ready
            .split_whitespace()
            .find_map(|word| word.split_once("://"))
            .map(|(_, address)| address)
            .expect("as asked for");
        Self::at(address.trim_end_matches('/').parse().expect("address and port"), Some(process))
    }

    fn at(address: SocketAddr, process: Option<Process>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(PATIENCE));
        Server { address, process, agent: config.build().new_agent() }
    }

    /// The process that serves.
    fn process(&self) -> &Process {
        self.process.as_ref().expect(engines::OWN_HOST)
    }

    pub fn get(&self, path: &str) -> Reply {
        self.request(http::Request::get(self.url(path)).body(()).expect("a sound request"))
    }

    pub fn post(&self, path: &str, body: impl ureq::AsSendBody) -> Reply {
        self.request(http::Request::post(self.url(path)).body(body).expect("a sound request"))
    }

    /// Sends any request; `http::Request` needs the whole address, see [`Server::url`].
    pub fn request(&self, request: http::Request<impl ureq::AsSendBody>) -> Reply {
        self.try_request(request).unwrap_or_else(|error| panic!("the request failed: {error}"))
    }

    /// Returns an error if the response is cut off.
    pub fn try_request(&self, request: http::Request<impl ureq::AsSendBody>) -> Result<Reply, ureq::Error> {
        Reply::read(self.agent.run(request)?)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A raw connection, for misbehaving clients.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for a line in the server's output.
    pub fn wait_for(&self, text: &str) -> String {
        self.process().wait_for(text, PATIENCE)
    }

    /// Waits for a line of a kind.
    pub fn wait_for_line(&self, kind: impl Fn(&str) -> bool) -> String {
        self.process().wait_for_line(kind, PATIENCE)
    }

    /// Waits for this many lines in the server's output.
    pub fn wait_for_lines(&self, text: &str, count: usize) {
        self.process().wait_for_lines(text, count, PATIENCE);
    }

    pub fn log(&self) -> String {
        self.process().log()
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.process().id()
    }

    /// How many file descriptors it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("it runs").count()
    }

    /// The server's memory, which its parent process may read.
    pub fn memory(&self) -> Memory {
        Memory::of(self.pid())
    }

    pub fn footprint(&self) -> Footprint {
        Footprint::of(self.pid())
    }

    /// The peak of resident memory during `work`, in KiB above what it was before. Where that must be little, serve a
    /// request first: the first one maps code and the snapshot.
    pub fn peak_of(&self, work: impl FnOnce()) -> usize {
        self.forget_peak();
        let before = self.footprint().peak;
        work();
        // The kernel counts inexactly: the peak may be said to be below what came before.
        self.footprint().peak.saturating_sub(before)
    }

    /// Resets the peak in [`Server::footprint`].
    pub fn forget_peak(&self) {
        memory::forget_peak(self.pid());
    }

    /// Sends SIGINT, like Ctrl+C.
    pub fn interrupt(&self) {
        self.process().signal(Signal::SIGINT);
    }

    pub fn terminate(&self) {
        self.process().signal(Signal::SIGTERM);
    }

    /// Sends SIGHUP.
    pub fn hang_up(&self) {
        self.process().signal(Signal::SIGHUP);
    }

    /// Sends SIGUSR1, as who has renamed the access log.
    pub fn reopen_log(&self) {
        self.process().signal(Signal::SIGUSR1);
    }

    /// Its admin listener (`--admin 127.0.0.1:0`).
    pub fn admin(&self) -> Admin {
        Admin::of(&self.wait_for("wasgi: admin on "))
    }

    /// Kills it, and waits for its end.
    pub fn kill(&mut self) {
        self.process().signal(Signal::SIGKILL);
        self.wait_for_end();
    }

    pub fn wait_for_end(&mut self) -> ExitStatus {
        self.process.as_mut().expect(engines::OWN_HOST).wait_for_end(PATIENCE)
    }
}
