//! `--sendfile`: files that an application has the server send, by nginx's header or Apache's.

use crate::harness::{Project, Reply, Server};
use std::os::unix::fs::symlink;

/// Answers with the headers that the query names, and more than they need.
const APP: &str = r#"
from urllib.parse import parse_qsl


def application(environ, start_response):
    headers = [(name, value.encode().decode("latin-1")) for name, value in parse_qsl(environ["QUERY_STRING"])]
    start_response("200 OK", [*headers, ("ETag", '"own"'), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return Body()


class Body:
    def __iter__(self):
        for _ in range(40):
            yield b"not for the client " * 5000
        print("all was taken")

    def close(self):
        print("closed")
"#;
const REPORT: &str = "the whole report";

fn serving(options: &[&str]) -> (Project, Server) {
    let project = Project::new(&[
        ("app.py", APP),
        ("files/report.txt", REPORT),
        ("files/a b%20c.txt", "of an odd name"),
        ("files/grün.txt", "green"),
        ("files/.hidden", "named by the application"),
        ("files/folder/index.html", "not asked for"),
        ("secret", "secret"),
    ]);
    symlink("../secret", project.path("files/up")).unwrap();
    let server = project.run(&[&["app.py"], options].concat());
    (project, server)
}

fn asked(server: &Server, method: &str, query: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = http::Request::builder().method(method).uri(server.url(&format!("/?{query}")));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.request(request.body(()).unwrap())
}

const OPTIONS: [&str; 2] = ["--sendfile", "/protected=files"];
const NAMED: &str = "X-Accel-Redirect=/protected/report.txt&Content-Type=application/x-own&Cache-Control=private";

#[test]
fn the_file_is_sent_with_the_applications_headers_in_place_of_its_body() {
    let (_project, server) = serving(&OPTIONS);
    let reply = asked(&server, "GET", &format!("{NAMED}&Content-Disposition=attachment"), &[]);
    assert_eq!((reply.ok(), reply.header("content-length")), (REPORT, Some("16")));
    for (name, value) in
        [("content-type", "application/x-own"), ("cache-control", "private"), ("content-disposition", "attachment")]
    {
        assert_eq!(reply.header(name), Some(value));
    }
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!((reply.header("x-accel-redirect"), reply.headers.get_all("etag").iter().count()), (None, 1));
    assert_ne!(reply.header("etag"), Some("\"own\""), "the file's, by which it is asked for again");
    server.wait_for("all was taken");
    server.wait_for("closed");
    server.wait_for_line(|line| line.contains("GET / 200 16 B") && line.ends_with("ok"));
    assert_eq!(
        asked(&server, "GET", "X-Sendfile=/protected/report.txt", &[]).header("content-type"),
        Some("text/plain")
    );
}

#[test]
fn parts_and_validators_are_the_files() {
    let (_project, server) = serving(&OPTIONS);
    let part = asked(&server, "GET", NAMED, &[("Range", "bytes=4-8")]);
    assert_eq!((part.status, part.text(), part.header("content-range")), (206, "whole", Some("bytes 4-8/16")));
    assert_eq!(asked(&server, "GET", NAMED, &[("Range", "bytes=99-")]).status, 416);
    let whole = asked(&server, "GET", NAMED, &[]);
    let etag = whole.header("etag").unwrap();
    let again = asked(&server, "GET", NAMED, &[("If-None-Match", etag)]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(etag)));
    let head = asked(&server, "HEAD", NAMED, &[]);
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("16")));
    let posted = asked(&server, "POST", NAMED, &[("If-None-Match", etag), ("Range", "bytes=0-1")]);
    assert_eq!(posted.ok(), REPORT, "the conditions of a POST are about something else");
}

#[test]
fn one_header_has_a_url_and_the_other_a_path() {
    let (_project, server) = serving(&OPTIONS);
    // The query is encoded once for itself.
    for (query, text) in [
        ("X-Accel-Redirect=/protected/a%2520b%252520c.txt", "of an odd name"),
        ("X-Accel-Redirect=/protected/gr%25C3%25BCn.txt?x=1", "green"),
        ("X-Sendfile=/protected/a%20b%2520c.txt", "of an odd name"),
        ("X-Sendfile=/protected/gr%C3%BCn.txt", "green"),
        ("X-Sendfile=/protected/.hidden", "named by the application"),
    ] {
        assert_eq!(asked(&server, "GET", query, &[]).ok(), text, "{query}");
    }
}

#[test]
fn what_is_not_there_or_not_within_is_404_and_told() {
    let (_project, server) = serving(&OPTIONS);
    for (query, why) in [
        ("X-Accel-Redirect=/protected/none", "x-accel-redirect /protected/none: there is no such file"),
        ("X-Sendfile=/protected/none", "x-sendfile /protected/none: there is no such file"),
        ("X-Sendfile=/protected/up", "x-sendfile /protected/up: there is no such file"),
        ("X-Sendfile=/protected/../secret", "x-sendfile /protected/../secret: there is no such file"),
        ("X-Accel-Redirect=/protected/%252e%252e/secret", "x-accel-redirect /protected/%2e%2e/secret: there is no"),
        ("X-Sendfile=/protected//etc/passwd", "x-sendfile /protected//etc/passwd: there is no such file"),
        ("X-Sendfile=/protected/folder", "x-sendfile /protected/folder: there is no such file"),
        ("X-Sendfile=/protected/folder/", "x-sendfile /protected/folder/: there is no such file"),
        ("X-Sendfile=/etc/passwd", "x-sendfile /etc/passwd: no --sendfile PATH=DIR is for this path"),
        ("X-Sendfile=/protected", "x-sendfile /protected: no --sendfile PATH=DIR is for this path"),
    ] {
        let reply = asked(&server, "GET", query, &[]);
        assert_eq!((reply.status, reply.text()), (404, "Not Found\n"), "{query}");
        server.wait_for(&format!("GET / names no file that can be sent: {why}"));
    }
    server.wait_for_line(|line| line.contains("GET / 404") && line.ends_with("error"));
}

#[test]
fn without_the_option_the_header_is_one_like_others() {
    let (_project, server) = serving(&[]);
    let reply = asked(&server, "GET", NAMED, &[]);
    assert_eq!(reply.header("x-accel-redirect"), Some("/protected/report.txt"));
    assert!(reply.text().starts_with("not for the client"));
}
