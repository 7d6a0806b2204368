//! Requests and responses: environ, bodies, statuses, headers, connections.

use crate::harness::Server;
use serde_json::json;
use std::thread;

#[test]
fn hello() {
    let server = Server::run("hello.py");
    let reply = server.get("/");
    assert_eq!((reply.status, reply.text()), (200, "Hello from a sandbox!\n"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.header("content-length"), Some("22"));
}

#[test]
fn environ_tells_the_request() {
    let server = Server::all_apps();
    let environ = server.get("/environs/caf%C3%A9%2Fx%20y?a=b%20c&d").json();
    // Decoded bytes as latin-1 characters: PEP 3333, "Unicode Issues".
    assert_eq!(environ["PATH_INFO"], "/environs/caf\u{c3}\u{a9}/x y");
    assert_eq!(environ["QUERY_STRING"], "a=b%20c&d");
    assert_eq!(environ["REQUEST_METHOD"], "GET");
    assert_eq!(environ["SCRIPT_NAME"], "");
    assert_eq!(environ["SERVER_NAME"], "127.0.0.1");
    assert_eq!(environ["SERVER_PORT"], server.address().port().to_string());
    assert_eq!(environ["SERVER_PROTOCOL"], "HTTP/1.1");
    assert_eq!(environ["HTTP_HOST"], server.address().to_string());
}

#[test]
fn environ_tells_what_the_server_is() {
    let environ = Server::all_apps().get("/environs").json();
    assert_eq!(environ["wsgi.version"], json!([1, 0]));
    assert_eq!(environ["wsgi.url_scheme"], "http");
    assert_eq!(environ["wsgi.multithread"], false);
    assert_eq!(environ["wsgi.multiprocess"], true);
    assert_eq!(environ["wsgi.run_once"], true);
    assert_eq!(environ["wsgi.input"], "UnopenedBody", "most have no body, and no stream is made for them");
    assert_eq!(environ["wsgi.errors"], "TextIOWrapper");
}

#[test]
fn environ_has_the_headers() {
    let server = Server::all_apps();
    let request = http::Request::post(server.url("/environs"))
        .header("Content-Type", "text/x-test")
        .header("X-Several", "one")
        .header("X-Several", "two")
        .header("X_Posing", "as X-Posing");
    let environ = server.request(request.body("four").unwrap()).json();
    assert_eq!(environ["CONTENT_TYPE"], "text/x-test");
    assert_eq!(environ["CONTENT_LENGTH"], "4");
    assert_eq!(environ["wsgi.input"], "BufferedReader");
    assert_eq!(environ["HTTP_X_SEVERAL"], "one, two");
    assert_eq!(environ["HTTP_X_POSING"], json!(null));
}

#[test]
fn any_method_arrives() {
    let server = Server::all_apps();
    for method in ["DELETE", "PATCH", "OPTIONS", "PURGE"] {
        let request = http::Request::builder().method(method).uri(server.url("/environs"));
        assert_eq!(server.request(request.body(()).unwrap()).json()["REQUEST_METHOD"], method);
    }
}

#[test]
fn bodies_arrive_whole() {
    let server = Server::all_apps();
    for length in [0, 1, 65_536, 1 << 20] {
        let body: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
        let reply = server.post("/echo", &body[..]);
        assert_eq!(reply.status, 200);
        assert!(reply.body == body, "{length} bytes sent, others came back ({})", reply.body.len());
    }
}

#[test]
fn a_chunked_body_arrives_whole() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.post_chunked("/echo");
    for chunk in ["one, ", "two, ", "three", ""] {
        client.send_chunk(chunk);
    }
    assert!(client.head().contains("content-length: 15"));
    assert_eq!(client.body(15), "one, two, three");
}

#[test]
fn a_body_is_read_in_every_way_there_is() {
    let reply = Server::all_apps().post("/reading", "abcdef\nsecond\nthird\nlast");
    assert_eq!(reply.ok(), r"[b'abc', b'def\n', b'second\n', b'third\n', b'last']");
}

#[test]
fn a_body_that_nobody_reads_does_no_harm() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /hello HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n12345");
    assert!(client.head().starts_with("http/1.1 200 "));
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(client.head().contains("content-length: 22"));
    // A body would stand in the place of the next head.
    client.get("/status/404");
    assert!(client.head().starts_with("http/1.1 404 "));
}

#[test]
fn answers_without_a_body() {
    let server = Server::all_apps();
    let mut client = server.connect();
    for status in [204, 304] {
        client.get(&format!("/status/{status}"));
        let head = client.head();
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
        assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
    }
}

#[test]
fn statuses_and_repeated_headers_go_out() {
    let server = Server::all_apps();
    for status in [200, 201, 303, 404, 418, 503] {
        let reply = server.get(&format!("/status/{status}"));
        assert_eq!(reply.status, status);
        let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
    }
}

#[test]
fn a_connection_serves_many_requests() {
    let server = Server::all_apps();
    let mut client = server.connect();
    for _ in 0..10 {
        client.get("/hello");
        assert!(client.head().starts_with("http/1.1 200 "));
        assert_eq!(client.body(22), "Hello from a sandbox!\n");
    }
}

#[test]
fn requests_on_one_connection_may_be_sent_ahead() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.get("/status/404");
    client.get("/hello");
    assert!(client.head().starts_with("http/1.1 404 "));
    assert!(client.head().starts_with("http/1.1 200 "));
}

/// Under load, responses wait for each other and leave in a batch.
#[test]
fn each_of_many_clients_gets_its_own_answers() {
    let server = Server::run("remembering.py");
    let ask = |client: usize| {
        let mut connection = server.connect();
        for request in 0..100 {
            let path = format!("/{client}/{request}");
            connection.get(&path);
            assert!(connection.head().starts_with("http/1.1 200 "));
            assert_eq!(connection.body(path.len()), path);
        }
        connection.send("GET /last HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        assert!(connection.rest().ends_with("/last"));
    };
    thread::scope(|scope| {
        (0..16).for_each(|client| drop(scope.spawn(move || ask(client))));
    });
}

#[test]
fn connection_close_is_respected() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert!(client.rest().ends_with("Hello from a sandbox!\n"));
}

#[test]
fn a_request_must_say_whom_it_is_for() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("GET /hello HTTP/1.1\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 400 "));
}

#[test]
fn a_request_that_makes_no_sense_is_refused() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("this is not HTTP\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 400 "));
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn start_response_may_replace_what_is_not_out_yet() {
    let reply = Server::all_apps().get("/recovering");
    assert_eq!((reply.status, reply.text()), (503, "sorry"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
}

/// A client that sends its whole body before it reads the response.
#[test]
fn a_large_body_that_nobody_reads_does_not_hide_the_answer() {
    let server = Server::all_apps_with(&["--body", "8MiB"]);
    let body = vec![b'x'; 4 << 20];
    for _ in 0..3 {
        assert_eq!(server.post("/hello", &body[..]).status, 200);
    }
    let mut client = server.connect();
    client.send(format!("POST /hello HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n", body.len()));
    client.send(&body);
    assert!(client.head().starts_with("http/1.1 200 "));
}

#[test]
fn nor_does_one_that_is_refused() {
    let server = Server::all_apps_with(&["--body", "2MiB"]);
    assert_eq!(server.post("/echo", &vec![b'x'; (2 << 20) + 1][..]).status, 413);
}
