//! Applications that flood the gateway, the client or the log with endless or far too large data.

use crate::harness::Server;
use std::thread;

/// Stands for a response that is cut off.
const CUT: u16 = 0;
/// Attacks, each with the client's status.
const WAYS: [(&str, u16); 18] = [
    ("no_headers", 500),
    ("late_headers", 504),
    ("many_headers", 500),
    ("endless_headers", 500),
    ("long_header", 500),
    ("split_header", 500),
    ("long_status", 200),
    ("empty_blocks", 504),
    ("blocks", CUT),
    ("write", CUT),
    ("more_than_announced", 200),
    ("close", 200),
    ("prints", 504),
    ("errors", 504),
    ("long_line", 504),
    ("random_block", 500),
    ("random", 500),
    ("unread_body", 200),
];

fn is_as_promised(server: &Server, name: &str, status: u16) {
    let request = http::Request::get(server.url(&format!("/endless/{name}"))).body(()).unwrap();
    match server.try_request(request) {
        Ok(reply) => {
            assert_eq!(reply.status, status, "{name}: {}", reply.text());
            println!("| endless: {} | {status} | {} |", name.replace('_', " "), reply.usage("outcome"));
        }
        Err(error) => {
            assert_eq!(status, CUT, "{name}: {error}");
            println!("| endless: {} | cut off | |", name.replace('_', " "));
        }
    }
    server.behaves();
}

#[test]
fn what_never_ends_is_ended() {
    let server = Server::all_apps_with(&["--expose-usage", "--timeout", "1s", "--response", "4MiB"]);
    // Runs the attacks that last until their deadline in parallel.
    thread::scope(|scope| {
        for (name, status) in WAYS {
            let server = &server;
            scope.spawn(move || is_as_promised(server, name, status));
        }
    });
    for flood in ["prints", "errors", "long_line"] {
        server.wait_for(&format!("GET /endless/{flood} stopped at its deadline"));
    }
    // Three floods, each limited by --output; the rest is the server's own log.
    assert!(server.log().len() < 4 << 20, "the log holds {} bytes", server.log().len());
}

#[test]
fn a_body_that_nobody_reads_does_not_hinder_the_next_request() {
    let server = Server::all_apps();
    for _ in 0..5 {
        let mut client = server.connect();
        client.post_chunked("/endless/unread_body");
        client.send_chunk(&"x".repeat(1 << 10));
        assert!(client.head().starts_with("http/1.1 200 "));
        server.behaves();
    }
}
