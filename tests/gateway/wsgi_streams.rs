//! PEP 3333, "Input and Error Streams" and "HTTP 1.1 Expect/Continue".

use crate::harness::Server;

const BODY: &str = "ab\ncdef\n\nlast";
/// Each way to read, and its result for `BODY`.
const WAYS: [(&str, &str); 10] = [
    ("read", r"[b'ab\ncdef\n\nlast', b'', b'']"),
    ("none", r"[b'ab\ncdef\n\nlast']"),
    ("minus", r"[b'ab\ncdef\n\nlast']"),
    ("sized", r"[b'ab\nc', b'', b'def\n\nlast', b'']"),
    ("line", r"[b'ab\n', b'cdef\n', b'\n', b'last']"),
    ("line-sized", r"[b'ab', b'\n', b'cdef\n', b'\n']"),
    ("lines", r"[b'ab\n', b'cdef\n', b'\n', b'last']"),
    ("lines-hint", r"[b'ab\n', b'|', b'cdef\n']"),
    ("iterate", r"[b'ab\n', b'cdef\n', b'\n', b'last']"),
    ("mixed", r"[b'ab\n', b'cde', b'f\n', b'\n', b'last']"),
];

#[test]
fn a_body_of_known_length_is_read_in_each_way() {
    let server = Server::all_apps();
    for (way, expected) in WAYS {
        assert_eq!(server.post(&format!("/inputs/{way}"), BODY).ok(), expected, "{way}");
    }
}

#[test]
fn a_chunked_body_is_read_in_each_way() {
    let server = Server::all_apps();
    for (way, expected) in WAYS {
        let mut client = server.connect();
        client.post_chunked(&format!("/inputs/{way}"));
        for chunk in ["a", "b\ncde", "f\n\nla", "st", ""] {
            client.send_chunk(chunk);
        }
        assert!(client.head().starts_with("http/1.1 200 "));
        assert_eq!(client.body(expected.len()), expected, "{way}");
    }
}

#[test]
fn no_body_is_an_empty_one() {
    let server = Server::all_apps();
    assert_eq!(server.get("/inputs/read").ok(), "[b'', b'', b'']");
    assert_eq!(server.get("/inputs/line").ok(), "[b'', b'', b'', b'']");
    assert_eq!(server.get("/inputs/iterate").ok(), "[]");
}

#[test]
fn a_body_is_never_read_past_its_length() {
    let server = Server::all_apps();
    for way in ["read", "sized", "iterate", "lines"] {
        let mut client = server.connect();
        // The bytes after the first five are the next request, and must not be lost.
        client.send(format!("POST /inputs/{way} HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n12345"));
        client.get("/status/404");
        let head = client.head();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let body = client.body(length.parse().unwrap());
        assert!(!body.contains("GET"), "{body}");
        assert!(client.head().starts_with("http/1.1 404 "), "{way}");
    }
}

#[test]
fn a_body_is_not_waited_for() {
    let server = Server::all_apps();
    let mut client = server.connect();
    // Announced and never sent: an application that does not read it must not wait.
    client.send("POST /hello HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 200 "));
    // And one that reads a line must not wait for the next.
    let mut client = server.connect();
    client.send("POST /talk HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\n\r\none\n");
    client.head();
    assert_eq!([client.chunk(), client.chunk()], ["ready", "heard one"]);
    client.send("two\n");
    assert_eq!([client.chunk(), client.chunk(), client.chunk()], ["heard two", "goodbye", ""]);
}

#[test]
fn a_body_that_is_none_is_the_clients_fault() {
    let server = Server::all_apps();
    for broken in ["0x4\r\nbody\r\n0\r\n\r\n", "4\r\nbodyXX\r\n", "none\r\n"] {
        let mut client = server.connect();
        client.post_chunked("/echo");
        client.send(broken);
        assert!(client.head().starts_with("http/1.1 400 "), "{broken:?}");
    }
    server.wait_for("POST /echo: the client went away: reading the request body: ");
}

#[test]
fn continue_is_sent_when_the_body_is_asked_for() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 100 "));
    client.send("body");
    assert!(client.head().starts_with("http/1.1 200 "));
    assert_eq!(client.body(4), "body");
}

#[test]
fn continue_is_not_sent_for_a_body_that_nobody_reads() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /hello HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 200 "));
}

#[test]
fn errors_go_line_by_line_into_the_log_whatever_their_characters() {
    let server = Server::all_apps();
    assert_eq!(server.get("/telling").ok(), "told");
    for line in ["one", "two", "three", "four", "é € 🐍 \\udcff", "without its end"] {
        server.wait_for(&format!("app ! telling: {line}"));
    }
}
