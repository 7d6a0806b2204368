//! wasmCloud as a cluster has it: hosts that pull components from a registry, and are told over NATS what to run.
//!
//! In Kubernetes its operator tells them; here the test does, by the same messages.

use crate::harness::daemon::{Daemon, Folder, command, succeed, unpacked};
use crate::harness::{BUILD_PATIENCE, Server, engines};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

/// The names that clients of the tests ask for; a workload of wasmCloud names each.
const HOSTS: [&str; 3] = ["127.0.0.1", "test", "a"];
/// Where answers come, and where hosts say that they are there.
const INBOX: &str = "_INBOX.test";
const HEARTBEATS: &str = "runtime.operator.heartbeat.";
/// The only workload of a host.
const WORKLOAD: &str = "shop";

pub struct Lattice {
    home: Folder,
    /// `HOST:PORT` of each.
    nats: String,
    registry: String,
    _daemons: [Daemon; 2],
}

impl Lattice {
    pub fn start() -> Self {
        let (nats, nats_daemon) = nats();
        let (registry, registry_daemon) = registry();
        Lattice { home: Folder::new(None), nats, registry, _daemons: [nats_daemon, registry_daemon] }
    }

    /// Puts a component into the registry; returns the image's name.
    pub fn push(&self, component: &Path) -> String {
        let image = format!("{}/{WORKLOAD}:1", self.registry);
        let mut push = self.wash();
        push.args(["oci", "push", "--insecure", &image]).arg(component);
        succeed(push);
        image
    }

    /// A host without workloads.
    pub fn host(&self) -> Host {
        let mut nats = Nats::connect(&self.nats);
        let url = format!("nats://{}", self.nats);
        let mut host = self.wash();
        host.args(["host", "--http-addr", "127.0.0.1:0", "--allow-insecure-registries"]);
        host.args(["--scheduler-nats-url", &url, "--data-nats-url", &url]);
        let server = Server::wasmcloud(host);
        // It listens to what it is told before it says for the first time that it is there.
        let heartbeat = nats.next_on(HEARTBEATS);
        let id = heartbeat["id"].as_str().expect("a name").to_owned();
        Host { server, id, nats }
    }

    fn wash(&self) -> Command {
        let mut wash = command(&engines::wash());
        wash.env("HOME", self.home.path("."));
        wash
    }
}

/// Debian's NATS, and its address.
fn nats() -> (String, Daemon) {
    let mut nats = command(&unpacked("usr/sbin/nats-server"));
    nats.args(["--addr=127.0.0.1", "--port=-1"]);
    let daemon = Daemon::start(nats, "Server is ready", Signal::SIGTERM, Folder::new(None));
    (last_word(&daemon.wait_for("Listening for client connections on ")), daemon)
}

/// Debian's registry of images, and its address.
fn registry() -> (String, Daemon) {
    let folder = Folder::new(None);
    let settings = json!({
        "version": 0.1,
        "log": {"accesslog": {"disabled": true}},
        "storage": {"filesystem": {"rootdirectory": folder.path("images")}},
        "http": {"addr": "127.0.0.1:0", "secret": "of no use to anybody"},
    });
    // JSON is YAML, too.
    let file = folder.write("registry.yml", &settings.to_string());
    let mut registry = command(&unpacked("usr/bin/docker-registry"));
    registry.args(["serve", &file]);
    let daemon = Daemon::start(registry, "listening on ", Signal::SIGKILL, folder);
    let line = daemon.wait_for("listening on ");
    let address = line.split("listening on ").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    (address.to_owned(), daemon)
}

fn last_word(line: &str) -> String {
    line.rsplit(' ').next().expect("a word").to_owned()
}

/// One host, and what an operator tells it.
pub struct Host {
    pub server: Server,
    id: String,
    nats: Nats,
}

impl Host {
    /// Starts the workload, which compiles the component; its state is returned.
    pub fn start(&mut self, image: &str, environment: &Value) -> String {
        let interface = json!({
            "namespace": "wasi", "package": "http", "interfaces": ["incoming-handler"],
            "config": {"host": HOSTS[0], "host-aliases": HOSTS[1..].join(",")},
        });
        let component = json!({"name": WORKLOAD, "image": image, "localResources": {"environment": environment}});
        let world = json!({"components": [component], "hostInterfaces": [interface]});
        let workload = json!({"namespace": "default", "name": WORKLOAD, "witWorld": world});
        self.tell("workload.start", &json!({"workloadId": WORKLOAD, "workload": workload}))
    }

    pub fn status(&mut self) -> String {
        self.tell("workload.status", &json!({"workloadId": WORKLOAD}))
    }

    pub fn stop(&mut self) -> String {
        self.tell("workload.stop", &json!({"workloadId": WORKLOAD}))
    }

    /// Sends a command about the workload; returns its state.
    fn tell(&mut self, command: &str, what: &Value) -> String {
        let answer = self.nats.request(&format!("runtime.host.{}.{command}", self.id), what);
        let status = &answer["workloadStatus"];
        let state = status["workloadState"].as_str().and_then(|state| state.strip_prefix("WORKLOAD_STATE_"));
        state.filter(|state| *state != "ERROR").unwrap_or_else(|| panic!("{command}: {answer}")).to_owned()
    }
}

/// A client of NATS, by its text protocol.
struct Nats(BufReader<TcpStream>);

impl Nats {
    fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("NATS listens");
        stream.set_read_timeout(Some(BUILD_PATIENCE)).expect("a sound timeout");
        let mut nats = Nats(BufReader::new(stream));
        nats.send(format!("CONNECT {{\"verbose\":false}}\r\nSUB {INBOX} 1\r\nSUB {HEARTBEATS}> 2\r\nPING\r\n"));
        while nats.line() != "PONG" {}
        nats
    }

    fn send(&mut self, text: String) {
        self.0.get_mut().write_all(text.as_bytes()).expect("NATS reads");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line in time");
        assert!(!line.is_empty() && !line.starts_with("-ERR"), "NATS: {line:?}");
        line.trim_end().to_owned()
    }

    /// Sends a message, and returns the answer to it.
    fn request(&mut self, subject: &str, message: &Value) -> Value {
        let message = message.to_string();
        self.send(format!("PUB {subject} {INBOX} {}\r\n{message}\r\n", message.len()));
        self.next_on(INBOX)
    }

    /// The next message whose subject begins like this.
    fn next_on(&mut self, subject: &str) -> Value {
        loop {
            let line = self.line();
            if line == "PING" {
                self.send("PONG\r\n".into());
            } else if let Some(message) = line.strip_prefix("MSG ") {
                let length: usize = last_word(&line).parse().expect("a length");
                let mut body = vec![0; length + "\r\n".len()];
                self.0.read_exact(&mut body).expect("a whole message");
                if message.starts_with(subject) {
                    return serde_json::from_slice(&body).expect("JSON");
                }
            }
        }
    }
}
