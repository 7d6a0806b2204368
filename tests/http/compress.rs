//! `--compress`: which answers are compressed, and what a client gets then (RFC 9110, sections 8.4 and 12.5.3).

use crate::harness::{Project, Reply, Server};
use std::io::Read;

const APP: &str = r#"
TEXT = b"A line of text, as there are many.\n" * 300
HTML = ("Content-Type", "text/html; charset=utf-8")

PLAIN = {
    "text": ("200 OK", [HTML, ("ETag", '"strong"'), ("Vary", "Cookie")], TEXT),
    "weak": ("200 OK", [("Content-Type", "application/json"), ("ETag", 'W/"weak"'), ("Vary", "accept-encoding")], TEXT),
    "svg": ("404 Not Found", [("Content-Type", "image/svg+xml")], TEXT),
    "image": ("200 OK", [("Content-Type", "image/png")], TEXT),
    "untyped": ("200 OK", [], TEXT),
    "small": ("200 OK", [HTML], TEXT[:1023]),
    "encoded": ("200 OK", [HTML, ("Content-Encoding", "x-own")], TEXT),
    "digest": ("200 OK", [HTML, ("Repr-Digest", "sha-256=:AA==:")], TEXT),
    "fixed": ("200 OK", [HTML, ("Cache-Control", "private, no-transform")], TEXT),
    "events": ("200 OK", [("Content-Type", "text/event-stream")], TEXT),
    "part": ("206 Partial Content", [HTML, ("Content-Range", "bytes 0-10499/20000")], TEXT),
    "none": ("204 No Content", [HTML], b""),
    "unchanged": ("304 Not Modified", [HTML, ("ETag", '"strong"')], b""),
}


def application(environ, start_response):
    case = environ["PATH_INFO"][1:]
    if case == "talk":
        return talk(environ, start_response)
    if case == "breaks":
        return breaks(start_response)
    if case == "large":
        start_response("200 OK", [HTML])
        return (b"%06d " % number * 10_000 for number in range(300))
    status, headers, body = PLAIN[case]
    start_response(status, headers)
    return [body]


def talk(environ, start_response):
    start_response("200 OK", [HTML])
    yield b"ready"
    for line in environ["wsgi.input"]:
        yield b"heard " + line


def breaks(start_response):
    start_response("200 OK", [HTML])
    yield TEXT
    raise ValueError("on purpose")
"#;

fn serving(options: &[&str]) -> (Project, Server) {
    let style = "body { color: green }\n".repeat(100);
    let project = Project::new(&[("app.py", APP), ("public/style.css", &style), ("public/sibling.css", &style)]);
    project.write("public/sibling.css.br", "as brotli");
    let server = project.run(&[&["app.py", "--static", "/static=public"], options].concat());
    (project, server)
}

fn asked(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = http::Request::builder().method(method).uri(server.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.request(request.body(()).unwrap())
}

fn get(server: &Server, path: &str, coding: &str) -> Reply {
    asked(server, "GET", path, &[("Accept-Encoding", coding)])
}

/// What can be read of these bytes.
fn decoded(coding: &str, bytes: &[u8]) -> String {
    let mut decoder: Box<dyn Read> = match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(bytes)),
        "br" => Box::new(brotli::Decompressor::new(bytes, 4096)),
        _ => Box::new(zstd::Decoder::new(bytes).unwrap()),
    };
    let (mut read, mut part) = (vec![], [0; 1024]);
    while let Ok(length @ 1..) = decoder.read(&mut part) {
        read.extend_from_slice(&part[..length]);
    }
    String::from_utf8(read).unwrap()
}

const CODINGS: [&str; 3] = ["gzip", "br", "zstd"];

#[test]
fn a_client_gets_the_coding_that_it_asks_for() {
    let (_project, server) = serving(&["--compress"]);
    for coding in CODINGS {
        for (path, status, etag) in
            [("/text", 200, Some("W/\"strong\"")), ("/weak", 200, Some("W/\"weak\"")), ("/svg", 404, None)]
        {
            let (plain, reply) = (get(&server, path, "identity"), get(&server, path, coding));
            assert_eq!((reply.status, reply.header("content-encoding")), (status, Some(coding)));
            assert_eq!((reply.header("content-length"), reply.header("etag")), (None, etag), "{path}");
            assert!(reply.body.len() * 10 < plain.body.len(), "{path} {coding}: {}", reply.body.len());
            assert_eq!(decoded(coding, &reply.body), plain.text(), "{path} {coding}");
        }
    }
    let varies = |path| get(&server, path, "gzip").headers.get_all("vary").iter().count();
    assert_eq!((varies("/text"), varies("/weak")), (2, 1), "what was there stays, and nothing is said twice");
    server.wait_for("GET /text 200");
}

#[test]
fn who_asks_for_nothing_gets_the_answer_as_it_is() {
    let (_project, server) = serving(&["--compress"]);
    for coding in ["identity", "deflate", "gzip;q=0", "gzip;q=0.5, identity"] {
        let reply = get(&server, "/text", coding);
        assert_eq!((reply.header("content-encoding"), reply.header("etag")), (None, Some("\"strong\"")), "{coding}");
        assert_eq!(reply.header("content-length"), Some("10500"));
        assert!(reply.headers.get_all("vary").iter().any(|vary| vary == "accept-encoding"), "another client's differs");
    }
    let head = asked(&server, "HEAD", "/text", &[("Accept-Encoding", "gzip")]);
    assert_eq!((head.header("content-encoding"), head.body.len()), (None, 0));
}

#[test]
fn what_gains_nothing_or_must_not_change_stays() {
    let (_project, server) = serving(&["--compress"]);
    for path in
        ["/image", "/untyped", "/small", "/encoded", "/digest", "/fixed", "/events", "/part", "/none", "/unchanged"]
    {
        let (plain, reply) = (get(&server, path, "identity"), get(&server, path, "gzip, br, zstd"));
        assert_eq!(reply.body, plain.body, "{path}");
        let named = ["content-encoding", "content-length", "etag", "vary"];
        assert_eq!(named.map(|name| reply.header(name)), named.map(|name| plain.header(name)), "{path}");
        assert_eq!(reply.header("vary"), None, "{path}");
    }
}

#[test]
fn nothing_changes_without_the_option() {
    let (_project, server) = serving(&[]);
    let reply = get(&server, "/text", "gzip");
    assert_eq!((reply.header("content-encoding"), reply.header("vary")), (None, Some("Cookie")));
    assert_eq!(reply.header("content-length"), Some("10500"));
}

#[test]
fn each_block_arrives_before_the_next_is_made() {
    let (_project, server) = serving(&["--compress"]);
    for coding in CODINGS {
        let mut client = server.connect();
        client.send(format!(
            "POST /talk HTTP/1.1\r\nHost: test\r\nAccept-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
        assert!(client.head().contains(&format!("content-encoding: {coding}")));
        let mut come = client.chunk_of_bytes();
        assert_eq!(decoded(coding, &come), "ready");
        for line in ["one\n", "two\n"] {
            // The application waits for this line.
            client.send_chunk(line);
            come.extend(client.chunk_of_bytes());
            assert!(decoded(coding, &come).ends_with(&format!("heard {line}")), "{coding}");
        }
        client.send_chunk("");
        while let more @ [_, ..] = &client.chunk_of_bytes()[..] {
            come.extend(more);
        }
        assert_eq!(decoded(coding, &come), "readyheard one\nheard two\n");
    }
}

#[test]
fn much_arrives_whole_and_what_breaks_off_does_not_look_whole() {
    let (_project, server) = serving(&["--compress"]);
    let plain = get(&server, "/large", "identity");
    for coding in CODINGS {
        let reply = get(&server, "/large", coding);
        assert!(reply.body.len() * 10 < plain.body.len());
        assert_eq!(decoded(coding, &reply.body), plain.text(), "{coding}");
        let broken = http::Request::get(server.url("/breaks")).header("Accept-Encoding", coding).body(());
        server.try_request(broken.unwrap()).expect_err("it is cut off");
    }
}

#[test]
fn files_are_compressed_where_no_sibling_is() {
    let (_project, server) = serving(&["--compress"]);
    let plain = get(&server, "/static/style.css", "identity");
    let etag = plain.header("etag").unwrap();
    let reply = get(&server, "/static/style.css", "gzip");
    assert_eq!((reply.header("content-encoding"), reply.header("accept-ranges")), (Some("gzip"), None));
    assert_eq!(reply.header("etag"), Some(&*format!("W/{etag}")));
    assert_eq!(decoded("gzip", &reply.body), plain.text());
    let known = format!("W/{etag}");
    let again = asked(&server, "GET", "/static/style.css", &[("Accept-Encoding", "gzip"), ("If-None-Match", &known)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let part = asked(&server, "GET", "/static/style.css", &[("Accept-Encoding", "gzip"), ("Range", "bytes=0-3")]);
    assert_eq!((part.status, part.header("content-encoding"), part.text()), (206, None, "body"));
    assert_eq!(get(&server, "/static/sibling.css", "gzip, br, zstd").text(), "as brotli");
}
