//! What applications see of connections: where they are granted, and where they are not.

use super::others::{echo, echo_udp, echoes, granting, silent, told};
use crate::harness::{Project, Upstream};
use serde_json::json;
use std::io::Read;
use std::net::TcpListener;

const APP: &str = "standard";

#[test]
fn a_connection_is_what_it_is_natively() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &[]);
    let told = |way: &str| told(&server, way, &place);
    assert_eq!(told("echo"), json!(["he", "hello", "", true, true, "AF_INET"]));
    assert_eq!(told("lines"), json!(["one\n", "two\n"]));
    assert_eq!(told("options"), json!([1, 65536, 1, "SOCK_STREAM"]));
    let nonblocking = told("nonblocking");
    assert_eq!(nonblocking, json!([true, true, true, 0, "EAGAIN", true, 3, "hello"]));
    assert_eq!(told("streams"), json!([0, 1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(told("threads"), json!([0, 1, 2, 3]));
    let line = server.wait_for(&format!("GET /echo net tcp {place} {place} 5 B out 5 B in"));
    assert!(line.ends_with(" ms ok"), "{line}");
}

#[test]
fn names_of_this_machine_and_ipv6_are_connected_to() {
    let (four, six) = (echo(), Upstream::raw_at("[::1]:0", echoes));
    let (port, six) = (four.address().port(), six.address().to_string());
    let named = format!("localhost:{port}");
    let server = granting(APP, &[&named, &six], &[]);
    assert_eq!(told(&server, "echo", &named)[1], "hello");
    assert_eq!(told(&server, "echo", &six), json!(["he", "hello", "", true, true, "AF_INET6"]));
}

#[test]
fn datagrams_are_sent_and_received() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let place = echo_udp(address).to_string();
        let server = granting(APP, &[&place], &[]);
        let six = json!(["to", true, 1200, true, "timed out", ["ENETUNREACH", true]]);
        let is_six = address.starts_with('[');
        let found = told(&server, "udp", &place);
        // An address of the other family is refused by its family.
        assert_eq!(found.as_array().unwrap()[..5], six.as_array().unwrap()[..5], "{found}");
        assert!(is_six || found == six, "{found}");
        server.wait_for(&format!("GET /udp net udp {place} {place} 1202 B out 1202 B in"));
    }
}

#[test]
fn event_loops_connect_sockets_and_datagrams() {
    let upstream = echo();
    let place = upstream.address().to_string();
    echo_udp(&place);
    let server = granting(APP, &[&place], &[]);
    assert_eq!(told(&server, "loop_calls", &place), json!(["raw", "datagram"]));
}

#[test]
fn more_than_memory_holds_streams_through() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &["--memory", "64MiB"]);
    let more = server.peak_of(|| assert_eq!(told(&server, "large", &place), json!([128 << 20, 128 << 20])));
    assert!(more < 64 << 10, "{more} KiB more than at rest");
}

#[test]
fn failures_are_what_programs_expect() {
    // Bound and not listening, so that nobody else gets the port.
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let breaks = Upstream::raw(|mut tcp| {
        let _ = tcp.read(&mut [0; 1]);
        // What is left unread resets the connection.
    });
    let (silent, breaks) = (silent(), breaks.address().to_string());
    let silent = silent.address().to_string();
    let server = granting(APP, &[&nobody, &silent, &breaks], &[]);
    let refused = ["ConnectionRefusedError", "ECONNREFUSED", "ECONNREFUSED"];
    assert_eq!(told(&server, "refused", &nobody), json!(refused));
    assert_eq!(told(&server, "timed_out", &silent), json!(["timed out", true]));
    assert_eq!(told(&server, "broken", &breaks), json!(["ConnectionResetError", "", "BrokenPipeError"]));
    server.wait_for("connection-refused");
    server.wait_for("connection-reset");
}

#[test]
fn nobody_is_reached_who_is_not_granted() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &["db.example.com:5432"], &[]);
    let said = told(&server, "attempt", &place);
    assert_eq!((&said[0], &said[1]), (&json!("ConnectionRefusedError"), &json!("ECONNREFUSED")));
    assert!(said[2].as_str().unwrap().contains(&format!("`--allow-net {place}`")), "{said}");
    let said = told(&server, "attempt", "other.example:5432");
    assert_eq!(said[0], "gaierror");
    assert!(said[2].as_str().unwrap().contains("--allow-net other.example:PORT"), "{said}");
    assert_eq!(upstream.accepted(), 0);
}

#[test]
fn without_a_grant_the_way_to_a_network_is_named() {
    let upstream = echo();
    let server = granting(APP, &[], &[]);
    let said = told(&server, "attempt", &upstream.address().to_string());
    assert!(said[2].as_str().unwrap().contains("`wasgi build --network`"), "{said}");
    assert_eq!(upstream.accepted(), 0);
}

#[test]
fn names_are_resolved_where_they_are_granted() {
    let server = granting(APP, &["name.invalid:*", "localhost:1"], &[]);
    let said = told(&server, "names", "127.0.0.1:1");
    assert_eq!((&said[0], &said[1]), (&json!(["127.0.0.1", "::1"]), &json!(["127.0.0.1"])));
    assert!(said[2].as_str().unwrap().contains("Name or service not known: name.invalid"), "{said}");
    assert!(said[3].as_str().unwrap().contains("--allow-net other.example:PORT"), "{said}");
}

#[test]
fn nobody_listens_in_a_sandbox() {
    let server = granting(APP, &["127.0.0.1:*"], &[]);
    let said = told(&server, "nobody_reaches_us", "127.0.0.1:1");
    assert_eq!(said, json!(["EACCES", "EACCES", "ECONNREFUSED", "ENETUNREACH"]));
}

#[test]
fn http_goes_its_own_way_beside_connections() {
    let (http, other) = (Upstream::start(), echo());
    let (origin, place) = (http.origin(), other.address().to_string());
    let project = Project::new(&[]);
    project.write("both.py", include_str!("../apps/network/both.py"));
    let server = project.run(&["both.py:application", "--cold", "--allow-http", &origin, "--allow-net", &place]);
    assert_eq!(server.get(&format!("/?{origin}&{place}")).json(), json!([200, "hello"]));
    server.wait_for(&format!("out GET {origin} 200"));
    server.wait_for(&format!("net tcp {place}"));
}

#[test]
fn directories_and_connections_are_granted_together() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let project = Project::new(&[("data/file.txt", "in a file")]);
    project.write("both.py", include_str!("../apps/network/files.py"));
    let granted = format!("{}:/data", project.path("data").display());
    let server = project.run(&["both.py:application", "--cold", "--allow-net", &place, "--dir", &granted]);
    assert_eq!(server.get(&format!("/?{place}")).text(), "in a file");
}

#[test]
fn an_import_connects_to_nobody() {
    let upstream = echo();
    let place = upstream.address();
    let project = Project::new(&[]);
    let port = place.port();
    project.write("app.py", &format!("import socket\nsocket.create_connection(('127.0.0.1', {port}))\n"));
    let said = project.refused(&["run", "app.py", "--allow-net", &place.to_string()]);
    assert!(said.contains("a connection cannot be part of a snapshot, so connect in the request"), "{said}");
    assert_eq!(upstream.accepted(), 0);
}

#[test]
fn a_component_without_a_network_is_not_served_with_one() {
    let project = Project::new(&[]);
    project.write("app.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n");
    let component = project.build_with("app.py", &["--cold"]);
    let component = component.to_str().unwrap();
    let said = project.refused(&["serve", component, "--allow-net", "db:5432"]);
    assert!(said.contains("wasgi build --network"), "{said}");
    assert!(!project.succeed(&["inspect", component]).contains("wasi:sockets"));
    let said = project.succeed(&["build", "app.py", "--cold", "--network", "-o", "with.wasm"]);
    assert!(said.contains("it imports wasi:sockets") && said.contains("wasmtime serve"), "{said}");
    assert!(project.succeed(&["inspect", "with.wasm"]).contains("wasi:sockets"));
}

#[test]
fn a_connection_that_nobody_takes_is_given_up_by_the_host() {
    // Its queue is full: what else arrives gets no answer.
    let full = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = full.local_addr().unwrap();
    nix::sys::socket::listen(&full, nix::sys::socket::Backlog::new(0).unwrap()).unwrap();
    let queued: Vec<_> = (0..8)
        .map(|_| std::net::TcpStream::connect_timeout(&place, std::time::Duration::from_millis(50)))
        .take_while(Result::is_ok)
        .collect();
    assert!(queued.len() < 8, "the queue is full");
    let server = granting(APP, &[&place.to_string()], &["--net-timeout", "200ms"]);
    let said = told(&server, "attempt", &place.to_string());
    assert_eq!((&said[0], &said[1]), (&json!("TimeoutError"), &json!("ETIMEDOUT")), "{said}");
    server.wait_for(&format!("GET /attempt net tcp {place} {place} 0 B out 0 B in"));
}
