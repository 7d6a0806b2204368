//! Ctrl+C and SIGTERM: the server answers requests in flight, then shuts down cleanly.

use crate::harness::{Connection, Server};

/// A request in the middle of its response, which continues on the client's signal.
fn in_flight(server: &Server) -> Connection {
    let mut client = server.connect();
    client.post_chunked("/talk");
    client.head();
    assert_eq!(client.chunk(), "ready");
    client
}

fn finish(mut client: Connection) {
    client.send_chunk("still there?\n");
    assert_eq!(client.chunk(), "heard still there?");
    client.send_chunk("");
    assert_eq!(client.chunk(), "goodbye");
    assert_eq!(client.chunk(), "");
}

#[test]
fn an_idle_server_ends_at_once() {
    let mut server = Server::run("hello.py");
    server.interrupt();
    assert_eq!(server.wait_for_end().code(), Some(0));
    assert!(server.log().contains("wasgi: goodbye"));
}

#[test]
fn an_open_connection_without_a_request_is_no_reason_to_stay() {
    let mut server = Server::run("hello.py");
    let mut idle = server.connect();
    idle.get("/");
    idle.head();
    server.interrupt();
    assert_eq!(server.wait_for_end().code(), Some(0));
}

#[test]
fn what_is_in_flight_is_answered() {
    let mut server = Server::all_apps();
    let client = in_flight(&server);
    server.interrupt();
    server.wait_for("wasgi: Shutting down");
    finish(client);
    assert_eq!(server.wait_for_end().code(), Some(0));
    assert!(server.log().contains("wasgi: goodbye"));
}

#[test]
fn sigterm_does_the_same() {
    let mut server = Server::all_apps();
    let client = in_flight(&server);
    server.terminate();
    server.wait_for("wasgi: Shutting down");
    finish(client);
    assert_eq!(server.wait_for_end().code(), Some(0));
}

#[test]
fn no_new_connections_are_taken_meanwhile() {
    let server = Server::all_apps();
    let client = in_flight(&server);
    server.interrupt();
    server.wait_for("wasgi: Shutting down");
    assert!(std::net::TcpStream::connect(server.address()).is_err());
    finish(client);
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut server = Server::all_apps();
    let _waiting = in_flight(&server);
    server.interrupt();
    server.wait_for("wasgi: Shutting down");
    server.interrupt();
    assert_eq!(server.wait_for_end().code(), Some(0));
}

#[test]
fn what_does_not_end_in_time_is_given_up() {
    let mut server = Server::all_apps_with(&["--timeout", "1s"]);
    let mut stuck = server.connect();
    stuck.get("/stuck/later");
    stuck.head();
    server.interrupt();
    assert_eq!(server.wait_for_end().code(), Some(0));
}
