//! After a client disconnects or stops reading, or after a deadline, the sandbox is soon free, and close() was called.
//!
//! In tests of disconnects, the deadline is far beyond the tests' patience, so it cannot end the request.

use crate::harness::{Connection, Server};

const NO_DEADLINE: [&str; 2] = ["--timeout", "3600s"];

/// Disconnects while the application waits, and checks that this ends the request.
fn leave(server: &Server, client: Connection, path: &str) {
    server.wait_for(&format!("app | waiting {path}"));
    client.close();
    wait_for_farewell(server, path);
}

fn wait_for_farewell(server: &Server, path: &str) {
    server.wait_for(&format!("app | closed {path}"));
    // The request's own line begins with the client.
    let line = server.wait_for_line(|line| line.starts_with("127.0.0.1 ") && line.contains(path));
    assert!(line.contains(" client-gone"), "{line}");
}

/// Sends a request and waits for the first block, so the request has reached its application.
fn answered(server: &Server, path: &str) -> Connection {
    let mut client = server.connect();
    client.get(path);
    client.head();
    assert_eq!(client.chunk(), "first");
    client
}

#[test]
fn a_sleep_ends_when_the_client_goes() {
    let server = Server::all_apps_with(&NO_DEADLINE);
    let client = answered(&server, "/farewell/later/sleep");
    leave(&server, client, "/farewell/later/sleep");
}

#[test]
fn a_request_without_an_answer_yet_ends_when_the_client_goes() {
    let server = Server::all_apps_with(&NO_DEADLINE);
    let mut client = server.connect();
    client.get("/farewell/sleep");
    leave(&server, client, "/farewell/sleep");
}

#[test]
fn a_client_that_goes_is_seen_behind_a_body_that_nobody_reads() {
    let server = Server::all_apps_with(&NO_DEADLINE);
    let mut client = server.connect();
    let body = "x".repeat(1 << 20);
    client.send(format!("POST /farewell/sleep HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n", 2 * body.len()));
    client.send(&body[..100_000]);
    leave(&server, client, "/farewell/sleep");
}

#[test]
fn a_client_that_goes_is_seen_behind_requests_that_wait() {
    let server = Server::all_apps_with(&NO_DEADLINE);
    let mut client = server.connect();
    client.get("/farewell/sleep");
    client.get("/hello");
    leave(&server, client, "/farewell/sleep");
}

#[test]
fn reading_a_body_ends_when_the_client_goes() {
    let server = Server::all_apps_with(&NO_DEADLINE);
    let mut client = server.connect();
    client.send("POST /farewell/later/read HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc");
    client.head();
    assert_eq!(client.chunk(), "first");
    leave(&server, client, "/farewell/later/read");
}

#[test]
fn what_computes_without_end_is_stopped_when_the_client_goes() {
    let server = Server::all_apps_with(&[&NO_DEADLINE[..], &["--concurrency", "1"]].concat());
    answered(&server, "/farewell/later/compute").close();
    // Its sandbox is the only one there is.
    assert_eq!(server.get("/hello").status, 200);
    let line = server.wait_for("127.0.0.1 GET /farewell/later/compute ");
    assert!(line.ends_with(" client-gone, stopped without close()"), "{line}");
}

#[test]
fn close_is_called_at_the_deadline() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    assert_eq!(server.get("/farewell/sleep").status, 504);
    server.wait_for("app | closed /farewell/sleep");
    let line = server.wait_for(" GET /farewell/sleep 504 ");
    assert!(line.ends_with(" deadline"), "{line}");
}

#[test]
fn close_is_called_at_the_deadline_of_an_answer_that_has_begun() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    let mut client = answered(&server, "/farewell/later/sleep");
    assert_eq!(client.rest(), "", "what it makes after its deadline does not go out");
    server.wait_for("app | closed /farewell/later/sleep");
}

#[test]
fn a_client_that_does_not_read_holds_no_sandbox_beyond_the_deadline() {
    let server = Server::all_apps_with(&["--timeout", "2s", "--concurrency", "1"]);
    let mut client = server.connect();
    client.get("/closing/endless");
    client.head();
    // The client stays connected, but reads no more.
    server.wait_for("GET /closing/endless stopped at its deadline");
    server.wait_for("app | closed /closing/endless");
    // Its sandbox is the only one there is.
    assert_eq!(server.get("/hello").status, 200);
    client.close();
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    let server = Server::all_apps_with(&[&NO_DEADLINE[..], &["--send-timeout", "1s"]].concat());
    let mut client = server.connect();
    client.get("/closing/endless");
    client.head();
    server.wait_for("it takes too little of the answer (--send-timeout");
    wait_for_farewell(&server, "/closing/endless");
}

#[test]
fn many_clients_that_leave_at_once_leave_nothing_behind() {
    let server = Server::all_apps_with(&[&NO_DEADLINE[..], &["--concurrency", "4"]].concat());
    for _ in 0..40 {
        let mut client = server.connect();
        client.get("/farewell/sleep");
        client.close();
    }
    assert_eq!(server.get("/hello").status, 200);
}
