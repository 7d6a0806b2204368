//! Binary upgrade: on SIGUSR2 the program at the server's path takes its sockets over, and no request is lost.

use crate::harness::{Over, Project, Server, wait_until};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

const UPGRADES: usize = 5;
const SERVES: &str = " serves from now on; what is in flight here finishes";

/// Says which component it is from, once it has the whole request.
fn version(number: usize) -> String {
    format!(
        "def app(environ, start_response):\n    \
             environ['wsgi.input'].read()\n    \
             start_response('200 OK', [('Content-Type', 'text/plain')])\n    \
             return [b'version {number}']\n"
    )
}

/// A folder with a component of each version, and the program as a link in it.
struct Installed(Project);

impl Installed {
    fn new() -> Self {
        let project = Project::new(&[]);
        for number in 1..=2 {
            project.write("app.py", &version(number));
            project.succeed(&["build", "app.py:app", "--output", &format!("{number}.wasm")]);
        }
        let installed = Installed(project);
        installed.install(1, installed.0.wasgi(&[]).get_program().to_str().unwrap());
        installed
    }

    /// Puts a program, and a component, in the place of what runs.
    fn install(&self, version: usize, program: &str) {
        for (target, place) in [(program, "wasgi"), (&*format!("{version}.wasm"), "app.wasm")] {
            symlink(target, self.0.path("new")).unwrap();
            fs::rename(self.0.path("new"), self.0.path(place)).unwrap();
        }
    }

    fn upgrade(&self, server: &Server, process: u32, version: usize, times: usize) -> u32 {
        let program = self.0.wasgi(&[]).get_program().to_str().unwrap().to_owned();
        self.install(version, &program);
        kill(Pid::from_raw(process.cast_signed()), Signal::SIGUSR2).unwrap();
        server.wait_for_lines(SERVES, times);
        next_of(server)
    }

    fn serve(&self, args: &[&str]) -> Server {
        Server::start_group(self.command(args))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("./wasgi");
        command.args(["serve", "app.wasm", "--bind", "127.0.0.1:0"]).args(args).current_dir(self.0.path("."));
        command
    }
}

/// The process that serves, after one handed over.
fn next_of(server: &Server) -> u32 {
    let log = server.log();
    let line = log.lines().rev().find(|line| line.contains(SERVES)).expect("it was waited for");
    line.split_whitespace().nth(2).and_then(|number| number.parse().ok()).expect("a process")
}

/// How many requests of each kind were answered.
#[derive(Default)]
struct Asked {
    http1: AtomicUsize,
    http2: AtomicUsize,
    fresh: AtomicUsize,
}

/// Asks for ever by a client that keeps its connections.
async fn ask(address: SocketAddr, is_http2: bool, is_over: &AtomicBool, asked: &AtomicUsize) {
    let client: Client<HttpConnector, Empty<&[u8]>> =
        Client::builder(TokioExecutor::new()).http2_only(is_http2).build_http();
    while !is_over.load(SeqCst) {
        let uri = format!("http://{address}/").parse().unwrap();
        let response = client.get(uri).await.unwrap_or_else(|error| panic!("HTTP/2: {is_http2}: {error:?}"));
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.expect("a whole body").to_bytes();
        assert!(body.starts_with(b"version "), "{body:?}");
        asked.fetch_add(1, SeqCst);
    }
}

/// What a new connection is answered.
fn answer(server: &Server) -> String {
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    let answer = client.rest();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer.rsplit("\r\n\r\n").next().unwrap().to_owned()
}

/// A connection for each request.
fn ask_anew(server: &Server, is_over: &AtomicBool, asked: &AtomicUsize) {
    while !is_over.load(SeqCst) {
        let answer = answer(server);
        assert!(answer.starts_with("version "), "{answer}");
        asked.fetch_add(1, SeqCst);
    }
}

#[test]
fn no_request_fails_over_upgrades_under_load() {
    let installed = Installed::new();
    let server = installed.serve(&[]);
    let (is_over, asked) = (AtomicBool::new(false), Asked::default());
    let mut process = server.pid();
    thread::scope(|scope| {
        for (is_http2, counter) in [(false, &asked.http1), (false, &asked.http1), (true, &asked.http2)] {
            let (address, is_over) = (server.address(), &is_over);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(ask(address, is_http2, is_over, counter));
            });
        }
        scope.spawn(|| ask_anew(&server, &is_over, &asked.fresh));
        let _end = Over(&is_over);
        for upgrade in 1..=UPGRADES {
            let before = [&asked.http1, &asked.http2, &asked.fresh].map(|counter| counter.load(SeqCst));
            process = installed.upgrade(&server, process, upgrade % 2 + 1, upgrade);
            // Each kind of client has been to the new process before the next one comes.
            wait_until("all clients are answered", || {
                let now = [&asked.http1, &asked.http2, &asked.fresh].map(|counter| counter.load(SeqCst));
                now.iter().zip(before).all(|(now, before)| *now > before + 20)
            });
            server.wait_for_lines("wasgi: goodbye", upgrade);
        }
    });
    let Asked { http1, http2, fresh } = asked;
    println!("{UPGRADES} upgrades: {http1:?} requests of HTTP/1.1, {http2:?} of HTTP/2, {fresh:?} on new connections");
    assert_ne!(process, server.pid());
    let log = server.log();
    let bad: Vec<_> = log.lines().filter(|line| line.contains(" GET / ") && !line.ends_with(" ok")).collect();
    assert!(bad.is_empty(), "each ended well: {bad:?}");
}

#[test]
fn what_is_in_flight_finishes_where_it_began() {
    let installed = Installed::new();
    let server = installed.serve(&[]);
    let mut begun = server.connect();
    begun.post_chunked("/");
    begun.send_chunk("some");
    let mut idle = server.connect();
    idle.get("/");
    idle.head();
    idle.body("version 1".len());
    installed.upgrade(&server, server.pid(), 2, 1);
    assert_eq!(answer(&server), "version 2");
    // Its client may have sent its next request when the old process heard of the new one.
    idle.get("/");
    assert!(idle.head().contains("connection: close\r\n"));
    assert_eq!(idle.rest(), "version 1");
    begun.send_chunk("");
    let head = begun.head();
    assert!(head.starts_with("http/1.1 200 ") && head.contains("connection: close\r\n"), "{head}");
    assert_eq!(begun.rest(), "version 1");
    server.wait_for("wasgi: goodbye");
}

#[test]
fn a_program_that_does_not_get_ready_changes_nothing() {
    let installed = Installed::new();
    let server = installed.serve(&[]);
    let usr2 = || kill(Pid::from_raw(server.pid().cast_signed()), Signal::SIGUSR2).unwrap();
    installed.install(1, "/bin/false");
    usr2();
    server.wait_for("ended before it was ready (exit status: 1): still serving");
    installed.install(1, "/nonexistent");
    usr2();
    server.wait_for("wasgi: SIGUSR2: cannot start ");
    installed.0.write("broken.wasm", "no component");
    installed.install(1, installed.0.wasgi(&[]).get_program().to_str().unwrap());
    fs::rename(installed.0.path("broken.wasm"), installed.0.path("app.wasm")).unwrap();
    usr2();
    server.wait_for_lines("ended before it was ready (exit status: 1): still serving", 2);
    assert_eq!(answer(&server), "version 1");
    installed.upgrade(&server, server.pid(), 2, 1);
    assert_eq!(answer(&server), "version 2");
}

/// The manager's protocol is sd_notify(3).
#[test]
fn sockets_with_a_path_the_admin_and_the_service_manager_follow() {
    let installed = Installed::new();
    let path = |name: &str| installed.0.path(name);
    let manager = UnixDatagram::bind(path("notify")).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let hear = |wanted: &str| {
        let mut told = [0; 4096];
        loop {
            let length = manager.recv(&mut told).unwrap_or_else(|error| panic!("{wanted}: {error}"));
            if str::from_utf8(&told[..length]).unwrap().lines().any(|line| line == wanted) {
                return;
            }
        }
    };
    let mut command = installed.command(&["--bind", "unix:app.sock", "--admin", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", path("notify"));
    let mut server = Server::start_group(command);
    hear("READY=1");
    let admin = server.admin();
    let process = installed.upgrade(&server, server.pid(), 2, 1);
    hear(&format!("MAINPID={process}"));
    server.wait_for("wasgi: goodbye");
    assert_eq!(admin.get("/readyz"), (200, "ready\n".to_owned()), "at the address of the old one");
    let mut stream = UnixStream::connect(path("app.sock")).expect("its file is still there");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("version 2"), "{answer}");
    kill(Pid::from_raw(process.cast_signed()), Signal::SIGTERM).unwrap();
    hear("STOPPING=1");
    assert!(server.wait_for_end().success());
    assert!(!path("app.sock").exists(), "the file goes with the last process");
}

/// Only its child takes what a process hands over.
#[test]
fn what_is_left_in_the_environment_is_not_believed() {
    let installed = Installed::new();
    let mut command = installed.command(&[]);
    command.env("WASGI_HANDED_OVER", r#"{"from":1,"ready":9,"listeners":[],"admin":[]}"#);
    let server = Server::start_as(command);
    assert_eq!(server.get("/").ok(), "version 1");
}
