//! Files that the server sends itself (`--static`), as HTTP wants it (RFC 9110), and nothing but these.

use crate::harness::{Connection, Project, Server};
use std::os::unix::fs::symlink;
use std::process::Command;

const ECHO: &str = "def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-From', 'application')])
    return [' '.join([environ['REQUEST_METHOD'], environ['PATH_INFO']]).encode('latin-1')]
";
const STYLE: &str = "body { color: green }\n";

/// A project with files in `public`, and its server with `/static` there.
fn serving(more: &[&str]) -> (Project, Server) {
    let project = Project::new(&[
        ("app.py", ECHO),
        ("public/style.css", STYLE),
        ("public/style.css.br", "as brotli"),
        ("public/docs/index.html", "<p>all of it"),
        ("public/.git/config", "secret"),
        ("public/.well-known/security.txt", "Contact: us"),
        ("icon.ico", "icon"),
        ("secret", "secret"),
    ]);
    let options = ["app.py", "--static", "/static=public", "--static", "/favicon.ico=icon.ico"];
    let server = project.run(&[&options[..], more].concat());
    (project, server)
}

/// The head and the body of an answer to a request with these further lines.
fn asked(server: &Server, method: &str, path: &str, lines: &str) -> (String, String) {
    let mut client: Connection = server.connect();
    client.send(format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{lines}\r\n"));
    (client.head(), client.rest())
}

fn field(head: &str, name: &str) -> String {
    let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
}

#[test]
fn a_file_has_its_type_and_validators_which_spare_sending_it_again() {
    let (_project, server) = serving(&["--static-max-age", "10m"]);
    let (head, body) = asked(&server, "GET", "/static/style.css", "");
    assert!(head.starts_with("http/1.1 200 ") && !head.contains("x-from"), "{head}");
    assert_eq!(body, STYLE);
    assert_eq!(field(&head, "content-type"), "text/css");
    assert_eq!(field(&head, "content-length"), STYLE.len().to_string());
    assert_eq!(field(&head, "cache-control"), "max-age=600");
    let etag = field(&head, "etag");
    let modified = server.get("/static/style.css").header("last-modified").unwrap().to_owned();
    for line in [format!("If-None-Match: {etag}"), format!("If-Modified-Since: {modified}")] {
        let (head, body) = asked(&server, "GET", "/static/style.css", &format!("{line}\r\n"));
        assert!(head.starts_with("http/1.1 304 "), "{line}: {head}");
        assert_eq!((body.as_str(), field(&head, "etag")), ("", etag.clone()));
    }
    let (head, _) = asked(&server, "GET", "/static/style.css", "If-Match: \"another\"\r\n");
    assert!(head.starts_with("http/1.1 412 "), "{head}");
    let (head, body) = asked(&server, "HEAD", "/static/style.css", "");
    assert_eq!((body.as_str(), field(&head, "content-length")), ("", STYLE.len().to_string()));
    server.wait_for("GET /static/style.css 200");
}

#[test]
fn parts_of_a_file_can_be_asked_for() {
    let (_project, server) = serving(&[]);
    let part = |range: &str| asked(&server, "GET", "/static/style.css", &format!("Range: bytes={range}\r\n"));
    let (head, body) = part("0-3");
    assert!(head.starts_with("http/1.1 206 "), "{head}");
    assert_eq!((body.as_str(), field(&head, "content-range")), ("body", format!("bytes 0-3/{}", STYLE.len())));
    assert_eq!(part("-2").1, "}\n");
    let (head, _) = part("900-");
    assert!(head.starts_with("http/1.1 416 "), "{head}");
    assert_eq!(field(&head, "content-range"), format!("bytes */{}", STYLE.len()));
}

#[test]
fn a_compressed_sibling_is_for_clients_that_can_read_it() {
    let (_project, server) = serving(&[]);
    let (head, body) = asked(&server, "GET", "/static/style.css", "Accept-Encoding: gzip, br\r\n");
    assert_eq!((body.as_str(), field(&head, "content-encoding")), ("as brotli", "br".to_owned()));
    assert_eq!(
        (field(&head, "content-type"), field(&head, "vary")),
        ("text/css".to_owned(), "accept-encoding".to_owned())
    );
    for lines in ["", "Accept-Encoding: br;q=0\r\n", "Accept-Encoding: gzip\r\n"] {
        assert_eq!(asked(&server, "GET", "/static/style.css", lines).1, STYLE, "{lines}");
    }
}

#[test]
fn folders_have_an_index_and_single_files_a_path() {
    let (_project, server) = serving(&[]);
    assert_eq!(asked(&server, "GET", "/static/docs/", "").1, "<p>all of it");
    let (head, _) = asked(&server, "GET", "/static/docs", "");
    assert!(head.starts_with("http/1.1 307 "), "{head}");
    assert_eq!(field(&head, "location"), "/static/docs/");
    assert_eq!(asked(&server, "GET", "/favicon.ico", "").1, "icon");
    assert_eq!(asked(&server, "GET", "/static/.well-known/security.txt", "").1, "Contact: us");
}

#[test]
fn what_is_no_file_there_is_the_applications() {
    let (project, server) = serving(&[]);
    let public = project.path("public");
    symlink("../secret", public.join("up")).unwrap();
    symlink(project.path("secret"), public.join("absolute")).unwrap();
    symlink("style.css", public.join("inside.css")).unwrap();
    assert!(Command::new("mkfifo").arg(public.join("fifo")).status().unwrap().success());
    for path in [
        "/static/none",
        "/static/up",
        "/static/absolute",
        "/static/../secret",
        "/static/%2e%2e/secret",
        "/static/..%2fsecret",
        "/static/.git/config",
        "/static/%2egit/config",
        "/static/a%00b",
        "/static/fifo",
        "/static//etc/passwd",
        "/static/style.css/x",
        "/static",
        "/staticstyle.css",
        "/favicon.ico/x",
    ] {
        let (head, body) = asked(&server, "GET", path, "");
        assert_eq!(field(&head, "x-from"), "application", "{path}: {head}");
        assert!(body.starts_with("GET /"), "{path}: {body}");
    }
    let (head, body) = asked(&server, "POST", "/static/style.css", "Content-Length: 0\r\n");
    assert_eq!((field(&head, "x-from").as_str(), body.as_str()), ("application", "POST /static/style.css"));
    assert_eq!(asked(&server, "GET", "/static/inside.css", "").1, STYLE);
}

#[test]
fn a_folder_that_takes_the_place_of_another_is_seen_at_once() {
    let (project, server) = serving(&[]);
    project.write("next/style.css", "new");
    std::fs::rename(project.path("public"), project.path("old")).unwrap();
    let (head, _) = asked(&server, "GET", "/static/style.css", "");
    assert_eq!(field(&head, "x-from"), "application");
    std::fs::rename(project.path("next"), project.path("public")).unwrap();
    assert_eq!(asked(&server, "GET", "/static/style.css", "").1, "new");
}

#[test]
fn a_large_file_takes_no_sandbox_and_little_memory() {
    let (project, server) = serving(&["--concurrency", "1", "--memory", "64MiB"]);
    let large = vec![b'x'; 200 << 20];
    std::fs::write(project.path("public/large.bin"), &large).unwrap();
    let before = server.footprint().private;
    let mut slow = server.connect();
    slow.send("GET /static/large.bin HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert!(slow.head().starts_with("http/1.1 200 "));
    // The only sandbox is free.
    assert_eq!(asked(&server, "GET", "/page", "").1, "GET /page");
    assert_eq!(slow.what_is_left(), large.len());
    let grown = server.footprint().private.saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} KiB more");
}

#[test]
fn what_cannot_be_mapped_is_told() {
    let project = Project::new(&[("app.py", ECHO)]);
    for (value, why) in
        [("static=public", "write /static=public"), ("/static", "PATH=DIR"), ("/static=", "name a folder")]
    {
        let output = project.wasgi(&["run", "app.py", "--static", value]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && message.contains(why), "{message}");
    }
    let message = project.refused(&["run", "app.py", "--static", "/static=none"]);
    assert!(message.contains("--static /static=none: No such file"), "{message}");
}
