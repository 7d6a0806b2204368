//! Failures in one request: a clear response, a clear log, and a server that goes on.

use crate::harness::Server;

#[test]
fn before_the_first_byte_it_is_a_500_with_a_traceback_in_the_log() {
    let server = Server::all_apps();
    for (kind, message) in [
        ("call", "RuntimeError: raised in the call"),
        ("first", "RuntimeError: raised before the first block"),
        ("silent", "before it called start_response()"),
        ("text", "str, not bytes"),
    ] {
        let reply = server.get(&format!("/raising/{kind}"));
        assert_eq!((reply.status, reply.text()), (500, "Internal Server Error\n"), "{kind}");
        server.wait_for(message);
    }
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn a_traceback_shows_the_application_and_not_the_gateway() {
    let server = Server::all_apps();
    server.get("/raising/call");
    server.wait_for("RuntimeError: raised in the call");
    let log = server.log();
    assert!(log.contains("app !   File \"/app/raising.py\", line "), "{log}");
    assert!(log.contains("raise RuntimeError(\"raised in the call\")"), "{log}");
    assert!(!log.contains("wasgi_guest"), "{log}");
}

#[test]
fn after_the_first_byte_the_answer_is_cut_off() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.get("/raising/second");
    // Earlier blocks arrive, although the error follows at once.
    assert!(client.head().starts_with("http/1.1 200 "));
    assert!(!client.chunk().is_empty());
    assert!(!client.rest().ends_with("\r\n0\r\n\r\n"), "no last chunk: the client can tell");
    server.wait_for("RuntimeError: raised after the first block");
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn less_than_announced_is_cut_off() {
    let server = Server::all_apps();
    let request = http::Request::get(server.url("/raising/short")).body(()).unwrap();
    server.try_request(request).expect_err("99 bytes were announced");
    server.wait_for("before its Content-Length");
}

#[test]
fn start_response_cannot_replace_what_is_out() {
    let server = Server::all_apps();
    let request = http::Request::get(server.url("/recovering/late")).body(()).unwrap();
    server.try_request(request).expect_err("the first block was out");
    server.wait_for("KeyError: 'this went wrong'");
}

#[test]
fn an_error_in_close_does_not_spoil_the_answer() {
    let server = Server::all_apps();
    assert_eq!(server.get("/raising/close").ok(), "whole");
    server.wait_for("RuntimeError: raised in close");
}

#[test]
fn leaving_ends_the_request_alone() {
    let server = Server::all_apps();
    for way in ["exit", "_exit", "_exit0", "abort", "interrupt"] {
        let reply = server.get(&format!("/leaving/{way}"));
        assert_eq!((reply.status, reply.text()), (500, "Internal Server Error\n"), "{way}");
        assert_eq!(server.get("/hello").status, 200, "the server lives on after {way}");
    }
}

#[test]
fn the_log_says_how_a_request_left() {
    let server = Server::all_apps();
    for (way, message) in [
        ("exit", "raised SystemExit, which ends this request and nothing else"),
        ("interrupt", "raised KeyboardInterrupt, which ends this request and nothing else"),
        ("_exit", "GET /leaving/_exit trapped: "),
        ("abort", "GET /leaving/abort trapped: "),
    ] {
        server.get(&format!("/leaving/{way}"));
        server.wait_for(message);
    }
}
