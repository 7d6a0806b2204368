//! Slow clients: each is dropped after its timeout, with a response if one is possible.

use crate::harness::Server;
use std::time::{Duration, Instant};

#[test]
fn a_slow_head_is_given_up() {
    let server = Server::all_apps_with(&["--header-timeout", "1s"]);
    let mut client = server.connect();
    client.send("GET /hello HTTP/1.1\r\nHost: te");
    assert!(client.head().starts_with("http/1.1 408 "));
    assert_eq!(client.rest(), "");
    server.wait_for("bad request: its head took too long (--header-timeout)");
}

#[test]
fn the_second_head_of_a_connection_is_given_up_as_well() {
    let server = Server::all_apps_with(&["--header-timeout", "1s"]);
    let mut client = server.connect();
    client.send("GET /status/204 HTTP/1.1\r\nHost: test\r\n\r\nGET /hello HTTP/1.1\r\n");
    assert!(client.head().starts_with("http/1.1 204 "));
    assert!(client.head().starts_with("http/1.1 408 "));
    assert_eq!(client.rest(), "");
}

#[test]
fn a_silent_connection_is_closed() {
    let server = Server::all_apps_with(&["--header-timeout", "1s", "--keep-alive", "1s"]);
    assert_eq!(server.connect().rest(), "");
    let mut idle = server.connect();
    idle.get("/status/204");
    idle.head();
    assert_eq!(idle.rest(), "");
    let mut preface = server.connect();
    preface.send("PRI * HTTP/2.0\r\n");
    assert_eq!(preface.rest(), "");
}

#[test]
fn an_idle_connection_stays_open_for_its_time() {
    let server = Server::all_apps_with(&["--header-timeout", "1s", "--keep-alive", "3s"]);
    let mut idle = server.connect();
    idle.get("/status/204");
    idle.head();
    let since = Instant::now();
    assert_eq!(idle.rest(), "");
    assert!(since.elapsed() >= Duration::from_millis(2900), "{:?}", since.elapsed());
}

#[test]
fn a_connection_within_a_head_is_not_idle() {
    let server = Server::all_apps_with(&["--header-timeout", "2s", "--keep-alive", "1s"]);
    let mut slow = server.connect();
    slow.send("GET /status/204 HTTP/1.1\r\nHost: test\r\n\r\nGET /hello HTTP/1.1\r\n");
    assert!(slow.head().starts_with("http/1.1 204 "));
    assert!(slow.head().starts_with("http/1.1 408 "));
}

#[test]
fn a_head_may_take_as_long_as_its_application() {
    // The timeout for heads does not count for requests.
    let server = Server::all_apps_with(&["--header-timeout", "1s", "--timeout", "3s"]);
    assert_eq!(server.get("/stuck/sleep").status, 504);
}

#[test]
fn a_slow_body_is_given_up() {
    let server = Server::all_apps_with(&["--body-timeout", "1s"]);
    for request in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let mut client = server.connect();
        client.send(format!("POST /echo HTTP/1.1\r\nHost: test\r\n{request}"));
        assert!(client.head().starts_with("http/1.1 408 "));
        assert!(client.rest().ends_with("took too long.\n"));
    }
    server.wait_for("sent no more of its body for 1s (--body-timeout)");
}

#[test]
fn a_slow_body_of_an_answer_that_has_begun_ends_it() {
    let server = Server::all_apps_with(&["--body-timeout", "1s"]);
    let mut client = server.connect();
    client.send("POST /farewell/later/read HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc");
    client.head();
    assert_eq!(client.chunk(), "first");
    assert_eq!(client.rest(), "", "no end that looks like a regular one");
    server.wait_for("app | closed /farewell/later/read");
}

/// Reads for some time at a rate in bytes per tenth of a second, then the rest. Returns the number of bytes.
fn read_at(rate: usize, server: &Server, time: Duration) -> usize {
    let mut client = server.connect();
    client.send("GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    let (began, mut read) = (Instant::now(), 0);
    while began.elapsed() < time {
        let due = began.elapsed().as_millis() as usize * rate / 100;
        match due.saturating_sub(read) {
            0 => std::thread::yield_now(),
            due => read += client.some(due),
        }
    }
    read + client.what_is_left()
}

#[test]
fn a_client_that_takes_its_answer_slowly_but_steadily_gets_all_of_it() {
    // The socket holds so many bytes that it stays full for this time.
    let server = Server::all_apps_with(&["--send-timeout", "1s"]);
    assert!(read_at(40_000, &server, Duration::from_secs(4)) > 10 << 20);
}

#[test]
fn a_client_that_takes_little_now_and_then_does_not() {
    let server = Server::all_apps_with(&["--send-timeout", "1s"]);
    assert!(read_at(400, &server, Duration::from_secs(8)) < 10 << 20);
    server.wait_for("it takes too little of the answer (--send-timeout");
}

#[test]
fn continue_is_said_when_the_body_is_read() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(client.head(), "http/1.1 100 continue\r\n\r\n");
    client.send("abc");
    assert!(client.head().starts_with("http/1.1 200 "));
    assert_eq!(client.body(3), "abc");
    // If the application does not read, its response comes next, and the server does not wait for the body.
    let mut client = server.connect();
    client.send("POST /hello HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 200 "));
    assert_eq!(client.rest(), "Hello from a sandbox!\n");
}

#[test]
fn date_and_server_are_there() {
    let server = Server::all_apps();
    let reply = server.get("/hello");
    assert_eq!(reply.header("server"), Some("wasgi"));
    assert!(reply.header("date").is_some_and(|date| date.ends_with(" GMT")));
    assert_eq!(server.get("/named").header("server"), Some("named by itself"));
}
