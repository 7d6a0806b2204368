//! Requests that two servers might read differently are refused, and no later request is served.

use crate::harness::Server;

/// A request that must not be served, wherever it stands.
const SMUGGLED: &str = "GET /status/418 HTTP/1.1\r\nHost: test\r\n\r\n";

const REFUSED: [(&str, &str, &str); 47] = [
    // A name, the request, and the response's status.
    (
        "length and chunks",
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunks and length",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "400",
    ),
    ("two lengths", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "400"),
    (
        "one length twice",
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "400",
    ),
    ("list of lengths", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3, 3\r\n\r\nabc", "400"),
    ("signed length", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: +3\r\n\r\nabc", "400"),
    ("hexadecimal length", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 0x3\r\n\r\nabc", "400"),
    ("empty length", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length:\r\n\r\n", "400"),
    (
        "length beyond 64 bits",
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 18446744073709551619\r\n\r\nabc",
        "400",
    ),
    ("chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
    (
        "two codings",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunked not last",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "400",
    ),
    (
        "coding with a control",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        "400",
    ),
    ("unknown coding", "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"),
    (
        "chunk size with a sign",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk size with 0x",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk size with _",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk size with a space",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "no chunk size",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk size beyond 64 bits",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk line ends with LF",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk longer than it says",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "400",
    ),
    (
        "chunk ends with LF",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
        "400",
    ),
    (
        "CR in an extension",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1;a\rb\r\na\r\n0\r\n\r\n",
        "400",
    ),
    (
        "length as a trailer",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n",
        "400",
    ),
    (
        "host as a trailer",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: other\r\n\r\n",
        "400",
    ),
    ("lines end with LF", "GET /hello HTTP/1.1\nHost: test\n\n", "400"),
    ("one line ends with LF", "GET /hello HTTP/1.1\r\nX-One: 1\nHost: test\r\n\r\n", "400"),
    ("the head ends with LF", "GET /hello HTTP/1.1\r\nHost: test\r\n\n", "400"),
    ("CR within a line", "GET /hello HTTP/1.1\r\nHost: test\r\nX-One: 1\rX-Two: 2\r\n\r\n", "400"),
    ("NUL in a value", "GET /hello HTTP/1.1\r\nHost: test\r\nX-One: 1\x002\r\n\r\n", "400"),
    ("folded header", "GET /hello HTTP/1.1\r\nHost: test\r\nX-One: 1\r\n two\r\n\r\n", "400"),
    ("folded from the first", "GET /hello HTTP/1.1\r\n X-One: 1\r\nHost: test\r\n\r\n", "400"),
    ("space before the colon", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length : 3\r\n\r\nabc", "400"),
    ("header without a name", "GET /hello HTTP/1.1\r\nHost: test\r\n: 1\r\n\r\n", "400"),
    ("header without a colon", "GET /hello HTTP/1.1\r\nHost: test\r\nX-One\r\n\r\n", "400"),
    ("two types", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n", "400"),
    ("no host", "GET /hello HTTP/1.1\r\n\r\n", "400"),
    ("two hosts", "GET /hello HTTP/1.1\r\nHost: test\r\nHost: test\r\n\r\n", "400"),
    ("host with a path", "GET /hello HTTP/1.1\r\nHost: test/a\r\n\r\n", "400"),
    ("host with a user", "GET /hello HTTP/1.1\r\nHost: me@test\r\n\r\n", "400"),
    ("host with a strange port", "GET /hello HTTP/1.1\r\nHost: test:http\r\n\r\n", "400"),
    ("another host in the target", "GET http://other/hello HTTP/1.1\r\nHost: test\r\n\r\n", "400"),
    ("another scheme", "GET ftp://test/hello HTTP/1.1\r\nHost: test\r\n\r\n", "400"),
    ("target without a slash", "GET hello HTTP/1.1\r\nHost: test\r\n\r\n", "400"),
    ("target with raw UTF-8", "GET /caf\u{e9} HTTP/1.1\r\nHost: test\r\n\r\n", "400"),
    ("CONNECT", "CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n", "501"),
];

/// The status lines in a connection's output.
fn statuses(text: &str) -> Vec<&str> {
    text.split("HTTP/1.").skip(1).map(|answer| &answer[2..5]).collect()
}

#[test]
fn ambiguous_requests_are_refused_and_end_the_connection() {
    let server = Server::all_apps();
    for (what, request, status) in REFUSED {
        let mut client = server.connect();
        client.send(format!("{request}{SMUGGLED}"));
        let came = client.rest();
        assert_eq!(statuses(&came), [status], "{what}: {came}");
    }
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc");
    let told = server.wait_for("bad request: more than one Content-Length");
    assert!(told.starts_with("wasgi: 127.0.0.1:"), "{told}");
    let mut client = server.connect();
    client.send("GET /hello HTTP/9.9\r\n\r\n");
    server.wait_for("bad request: invalid HTTP version parsed");
}

#[test]
fn requests_before_an_ambiguous_one_are_answered() {
    let server = Server::all_apps();
    for (what, request, status) in REFUSED {
        let mut client = server.connect();
        client.send(format!("GET /status/204 HTTP/1.1\r\nHost: test\r\n\r\n{request}"));
        let came = client.rest();
        assert_eq!(statuses(&came), ["204", status], "{what}: {came}");
    }
}

#[test]
fn byte_by_byte_they_are_refused_as_well() {
    let server = Server::all_apps();
    for (what, request, status) in REFUSED {
        let mut client = server.connect();
        for byte in request.as_bytes() {
            // The server may have refused it, and closed the connection, before the last one.
            if client.try_send(&[*byte]).is_err() {
                break;
            }
        }
        let came = client.what_comes();
        assert!(came.is_empty() || statuses(&came) == [status], "{what}: {came}");
    }
}

#[test]
fn malformed_chunks_end_the_connection_when_nobody_reads_them() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /hello HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n");
    client.send(SMUGGLED);
    assert_eq!(statuses(&client.rest()), ["200"]);
}

#[test]
fn sound_requests_pass() {
    let server = Server::all_apps();
    for (what, request, length) in [
        ("an empty line first", "\r\nGET /hello HTTP/1.1\r\nHost: test\r\n\r\n", 22),
        ("its own host in the target", "GET http://TEST/hello HTTP/1.1\r\nHost: test\r\n\r\n", 22),
        ("an address as host", "GET /hello HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 22),
        (
            "extensions",
            "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n2 ;a=\"b c\"\r\nab\r\n000\r\n\r\n",
            2,
        ),
        (
            "trailers",
            "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-One: 1\r\n\r\n",
            10,
        ),
        ("length of zero", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n", 0),
        ("blanks around a value", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: \t 3 \t\r\n\r\nabc", 3),
    ] {
        let mut client = server.connect();
        // Another request follows, so that the end of the first one matters.
        client.send(format!("{request}{SMUGGLED}"));
        let head = client.head();
        assert!(head.starts_with("http/1.1 200 "), "{what}: {head}");
        client.body(length);
        assert!(client.head().starts_with("http/1.1 418 "), "{what}");
    }
}

#[test]
fn http_1_0_needs_no_host_and_closes() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("GET /hello HTTP/1.0\r\n\r\n");
    assert!(client.head().starts_with("http/1.0 200 "));
    assert_eq!(client.rest(), "Hello from a sandbox!\n");
    let mut client = server.connect();
    client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    client.head();
    client.body(22);
    client.send("GET /hello HTTP/1.0\r\n\r\n");
    assert!(client.head().starts_with("http/1.0 200 "));
}

/// Scanners, and links that were copied by hand, send them.
#[test]
fn characters_that_a_client_should_have_encoded_are_served() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("GET /environs/<\"`^>?a=<\"> HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    let reply = client.rest();
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    assert!(reply.contains(r#""PATH_INFO": "/environs/<\"`^>""#), "{reply}");
    assert!(reply.contains(r#""QUERY_STRING": "a=%3C%22%3E""#), "{reply}");
}
