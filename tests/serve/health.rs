//! The admin listener's health pages, from the start of a server to its end.

use crate::harness::{Admin, Process, Project, Server, refused, wait_until, wasgi};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Takes a while to import.
const SLOW: &str = "
sum(number * number % 7 for number in range(20_000_000))

def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'here']
";
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn a_server_is_alive_at_once_and_ready_once_it_answers() {
    let project = Project::new(&[("app.py", SLOW)]);
    let args = ["run", "app.py", "--cold", "--bind", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    let server = Process::start(project.wasgi(&args));
    let admin = Admin::of(&server.wait_for("wasgi: admin on ", PATIENCE));
    assert_eq!(admin.get("/livez"), (200, "alive\n".to_owned()));
    assert_eq!(admin.get("/readyz"), (503, "starting\n".to_owned()));
    assert_eq!(admin.samples()["wasgi_ready"], 0.0);
    server.wait_for("wasgi: ready on ", PATIENCE);
    assert_eq!(admin.get("/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(admin.samples()["wasgi_ready"], 1.0);
    assert_eq!((admin.get("/").0, admin.get("/metrics?x").0), (404, 200));
}

#[test]
fn it_says_that_it_is_not_ready_before_it_closes_its_door() {
    let options = ["--admin", "127.0.0.1:0", "--drain-delay", "5m"];
    let mut server = Server::all_apps_with(&options);
    let admin = server.admin();
    let mut talking = server.connect();
    talking.post_chunked("/talk");
    talking.head();
    server.terminate();
    server.wait_for("wasgi: not ready any more; listening for 300s still (--drain-delay)");
    assert_eq!(admin.get("/readyz"), (503, "draining\n".to_owned()));
    let mut kept = server.connect();
    kept.get("/hello");
    assert!(kept.head().contains("connection: close\r\n"), "proxies let their connections go");
    server.get("/hello").ok();
    // Impatient: the door closes, and what is in flight still finishes.
    server.terminate();
    server.wait_for("wasgi: Shutting down");
    wait_until("nobody listens", || TcpStream::connect(server.address()).is_err());
    assert_eq!((admin.get("/readyz").0, admin.get("/livez").0), (503, 200));
    talking.send_chunk("");
    assert!(server.wait_for_end().success());
    assert!(TcpStream::connect(admin.address()).is_err());
}

/// Guests that compute on all serving threads keep nobody from asking.
#[test]
fn a_busy_server_is_alive() {
    let server = Server::all_apps_with(&["--admin", "127.0.0.1:0", "--timeout", "3s"]);
    let admin = server.admin();
    let busy: Vec<_> = (0..4)
        .map(|_| {
            let mut client = server.connect();
            client.get("/stuck/loop");
            client
        })
        .collect();
    wait_until("they compute", || admin.samples()["wasgi_requests_active"] == 4.0);
    assert_eq!((admin.get("/livez").0, admin.get("/readyz").0), (200, 200));
    drop(busy);
}

#[test]
fn it_may_have_a_path_which_goes_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.sock");
    let mut server = Server::run_with("hello.py", &["--admin", &format!("unix:{}", path.display())]);
    let mut stream = UnixStream::connect(&path).unwrap();
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("ready\n"), "{reply}");
    let mut post = UnixStream::connect(&path).unwrap();
    write!(post, "POST /readyz HTTP/1.1\r\nHost: admin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    reply.clear();
    post.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 405 "), "{reply}");
    server.terminate();
    assert!(server.wait_for_end().success());
    assert!(!path.exists());
}

#[test]
fn an_address_that_it_cannot_have() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let with = |bind: &str, admin: &str| refused(wasgi(&["run", "hello.py", "--bind", bind, "--admin", admin]));
    let same = with(&taken, &taken);
    assert!(same.contains(&format!("--admin {taken} is an address of --bind: give it one of its own")), "{same}");
    let port = taken.rsplit_once(':').unwrap().1;
    let within = with(&format!("0.0.0.0:{port}"), &taken);
    assert!(within.contains("has the port of the application's own address: give it another one"), "{within}");
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = with("127.0.0.1:0", &held.local_addr().unwrap().to_string());
    assert!(held.contains("--admin 127.0.0.1:") && held.contains("is in use by "), "{held}");
}
