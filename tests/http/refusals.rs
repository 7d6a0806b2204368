//! Requests that the server refuses before they take a sandbox, and limits on a sandbox's output.

use crate::harness::Server;

#[test]
fn a_body_that_is_too_large_is_refused() {
    let server = Server::all_apps_with(&["--body", "1KiB"]);
    assert_eq!(server.post("/echo", &[b'x'; 1024][..]).status, 200);
    let mut client = server.connect();
    // Refused by its announced length: no byte of the body is sent.
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1025\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 413 "));
    server.wait_for("has a body of more than 1 KiB (--body)");
}

#[test]
fn a_chunked_body_that_is_too_large_is_refused_while_it_is_read() {
    let server = Server::all_apps_with(&["--body", "1KiB"]);
    let mut client = server.connect();
    client.post_chunked("/echo");
    for _ in 0..3 {
        client.send_chunk(&"x".repeat(400));
    }
    assert!(client.head().starts_with("http/1.1 413 "));
}

#[test]
fn a_target_that_is_too_long_is_refused() {
    let server = Server::all_apps_with(&["--target", "100B"]);
    assert_eq!(server.get(&format!("/hello?{}", "x".repeat(93))).status, 200);
    let reply = server.get(&format!("/hello?{}", "x".repeat(94)));
    assert_eq!((reply.status, reply.text()), (414, "The request target is too long.\n"));
}

#[test]
fn too_many_headers_are_refused() {
    let server = Server::all_apps_with(&["--headers", "10"]);
    for (count, status) in [(9, "200"), (10, "431")] {
        let mut client = server.connect();
        client.send(format!("GET /hello HTTP/1.1\r\nHost: test\r\n{}\r\n", "X-More: x\r\n".repeat(count)));
        let head = client.head();
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{} headers: {head}", count + 1);
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::all_apps_with(&["--header-bytes", "8KiB"]);
    let mut client = server.connect();
    client.send(format!("GET /hello HTTP/1.1\r\nHost: test\r\nX-Wide: {}\r\n\r\n", "x".repeat(9 << 10)));
    assert!(client.head().starts_with("http/1.1 431 "));
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn a_full_queue_is_told_at_once() {
    let server = Server::all_apps_with(&["--concurrency", "1", "--queue", "0"]);
    let mut first = server.connect();
    first.post_chunked("/talk");
    first.head();
    let reply = server.get("/hello");
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    first.send_chunk("");
    assert_eq!((first.chunk(), first.chunk(), first.chunk()), ("ready".into(), "goodbye".into(), String::new()));
}

#[test]
fn an_answer_that_is_too_large_is_cut_off() {
    let server = Server::all_apps_with(&["--response", "1MiB"]);
    let request = http::Request::get(server.url("/closing/endless")).body(()).unwrap();
    server.try_request(request).expect_err("it has no end");
    server.wait_for("was cut off at 1 MiB (--response)");
    server.wait_for("app | closed /closing/endless");
}

#[test]
fn headers_of_an_answer_that_are_too_large_are_an_error() {
    let server = Server::all_apps_with(&["--response-headers", "4KiB"]);
    assert_eq!(server.get("/wide/1000").status, 200);
    assert_eq!(server.get("/wide/5000").status, 500);
}

#[test]
fn output_beyond_its_limit_is_left_out() {
    let server = Server::all_apps_with(&["--output", "10KiB"]);
    assert_eq!(server.get("/chatty").ok(), "said it all");
    server.wait_for("prints more than --output allows: the rest is left out");
    server.wait_for(" GET /chatty 200 ");
    // The next request has a budget of its own.
    server.get("/output");
    // Its last line: earlier output has come through the same pipe by then.
    server.wait_for("app | output.py says: unfinished");
    assert_eq!(server.log().matches("app | xxx").count(), 10);
}

#[test]
fn an_answer_can_carry_what_it_cost() {
    let server = Server::all_apps_with(&["--expose-usage"]);
    let usage = server.get("/hello").header("wasgi-usage").expect("asked for").to_owned();
    for part in ["memory=", "faults=", "cpu-us=", "cap-reached=?0"] {
        assert!(usage.contains(part), "{usage}");
    }
    assert!(server.get("/hog/caught").header("wasgi-usage").unwrap().contains("cap-reached=?1"));
    assert_eq!(Server::all_apps().get("/hello").header("wasgi-usage"), None);
}
