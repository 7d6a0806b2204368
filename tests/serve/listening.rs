//! The sockets that a server listens on, and what it tells a service manager.

use crate::harness::{Server, refused, wasgi};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Opens a socket as descriptor 3, and becomes the command in its arguments.
const WITH_SOCKET: &str = "
import os, socket, sys
listener = socket.create_server(('127.0.0.1', 0))
if listener.fileno() != 3:
    os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
if sys.argv[1] == 'systemd':
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execv(sys.argv[2], sys.argv[2:])
";

/// The command, started with a socket that listens already.
fn with_socket(how: &str, args: &[&str]) -> Command {
    let command = wasgi(args);
    let mut python = Command::new("python3");
    python.args(["-c", WITH_SOCKET, how]).arg(command.get_program()).args(command.get_args());
    python.current_dir(command.get_current_dir().unwrap()).env_remove("VIRTUAL_ENV");
    python
}

fn ask(socket: &Path, more: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    write!(stream, "GET /environs HTTP/1.1\r\nHost: shop\r\n{more}Connection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    reply
}

#[test]
fn several_sockets_at_once_and_one_of_them_is_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let unix = format!("unix:{}", path.display());
    let bind = ["run", "environs.py", "--bind", "127.0.0.1:0", "--bind", "localhost:0", "--bind", &unix];
    let mut server = Server::start_as(wasgi(&[&bind[..], &["--socket-mode", "600"]].concat()));
    let ready = server.wait_for("wasgi: ready on ");
    assert!(ready.matches("http://127.0.0.1:").count() == 2 && ready.contains(&unix), "{ready}");
    server.get("/environs").ok();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(ask(&path, "").contains("\"REMOTE_ADDR\": \"127.0.0.1\""));
    // Only a proxy of this machine connects there: it speaks for its clients.
    let reply = ask(&path, "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n");
    for told in ["\"REMOTE_ADDR\": \"192.0.2.7\"", "\"wsgi.url_scheme\": \"https\""] {
        assert!(reply.contains(told), "{reply}");
    }
    let second = refused(wasgi(&["run", "hello.py", "--bind", &unix]));
    assert!(second.contains("app.sock is in use"), "{second}");
    server.terminate();
    assert!(server.wait_for_end().success());
    assert!(!path.exists(), "the socket goes with its server");
}

#[test]
fn a_descriptor_that_is_open_already() {
    let server = Server::start_as(with_socket("number", &["run", "hello.py", "--bind", "fd://3"]));
    server.get("/").ok();
    for (bind, why) in [("fd://9", "fd://9 is no open socket"), ("fd://0", "is a standard stream")] {
        let message = refused(wasgi(&["run", "hello.py", "--bind", bind]));
        assert!(message.contains(why), "{message}");
    }
}

/// systemd's protocol: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
#[test]
fn a_service_manager_opens_the_socket_and_hears_how_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let manager = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let hear = |wanted: &str| {
        let mut told = [0; 4096];
        loop {
            let length = manager.recv(&mut told).expect("a message in time");
            if str::from_utf8(&told[..length]).unwrap().lines().any(|line| line == wanted) {
                return;
            }
        }
    };
    let mut command = with_socket("systemd", &["run", "hello.py"]);
    command.env("NOTIFY_SOCKET", folder.path().join("notify")).env("WATCHDOG_USEC", "200000");
    let mut server = Server::start_as(command);
    hear("READY=1");
    hear("WATCHDOG=1");
    server.get("/").ok();
    server.terminate();
    hear("STOPPING=1");
    assert!(server.wait_for_end().success());
}

#[test]
fn a_platform_says_the_port() {
    let mut command = wasgi(&["run", "hello.py"]);
    command.env("PORT", "0");
    let server = Server::start_as(command);
    server.get("/").ok();
    server.wait_for("wasgi: ready on http://0.0.0.0:");
    let mut command = wasgi(&["run", "hello.py"]);
    command.env("PORT", "http");
    assert!(refused(command).contains("PORT=http is no port"));
}

#[test]
fn the_next_free_port_and_a_port_for_several_servers() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bind = |port: u16| SocketAddr::new(taken.ip(), port).to_string();
    let first = Server::start_as(wasgi(&["run", "hello.py", "--bind", &bind(taken.port()), "--reuse-port"]));
    let same = Server::start_as(wasgi(&["run", "hello.py", "--bind", &bind(taken.port()), "--reuse-port"]));
    assert_eq!(first.address(), same.address());
    same.get("/").ok();
    let other = Server::start_as(wasgi(&["run", "hello.py", "--bind", &bind(taken.port()), "--find-free-port"]));
    assert!((taken.port() + 1..=taken.port() + 100).contains(&other.address().port()), "{}", other.address());
    other.get("/").ok();
}
