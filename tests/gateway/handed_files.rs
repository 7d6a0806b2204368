//! `wsgi.file_wrapper` around an open file of a granted directory: the host sends it, and the sandbox is free (PEP 3333,
//! "Optional Platform-Specific File Handling").

use crate::harness::{Project, Reply, Server};
use std::fs::{self, File};

const APP: &str = r#"
import os

TEXT = ("Content-Type", "text/plain")


def opened(case, environ):
    path = "/data/" + ("large.bin" if case in ("large", "shrinks") else "lines.txt")
    if case == "written":
        with open("/data/new.txt", "wb") as file:
            file.write(b"just written")
        path = "/data/new.txt"
    file = open(path, "r+b", buffering=0) if case == "both" else open(path, "rb")
    if case in ("position", "part"):
        file.readline()
    return file


class Around:
    """A middleware's iterable around the wrapper."""

    def __init__(self, wrapped):
        self.wrapped = wrapped

    def __iter__(self):
        return iter(self.wrapped)


def application(environ, start_response):
    case = environ["PATH_INFO"][1:]
    wrap = environ["wsgi.file_wrapper"]
    headers = {
        "part": [("Content-Length", "6")],
        "forged": [("Wasgi-Handed-File", "1")],
        "html": [("Content-Type", "text/html")],
    }.get(case, [TEXT])
    start_response("200 OK", headers)
    if case == "forged":
        return [b"a body"]
    if case == "image":
        return wrap(open(__file__, "rb"))
    file = opened(case, environ)
    if case == "around":
        return Around(wrap(file))
    if case == "removed":
        file.close = lambda close=file.close: (close(), os.remove("/data/lines.txt"), print("removed"))
    return wrap(file)
"#;
const LINES: &str = "first\nsecond\nthird\n";
const LARGE: usize = 200 << 20;

fn serving(grant: &str, options: &[&str]) -> (Project, Server) {
    let project = Project::new(&[("app.py", APP), ("data/lines.txt", LINES)]);
    // Without content, which takes no room.
    File::create(project.path("data/large.bin")).unwrap().set_len(LARGE as u64).unwrap();
    let server = project.run(&[&["app.py", "--dir", grant], options].concat());
    (project, server)
}

fn length(reply: &Reply) -> Option<&str> {
    reply.header("content-length")
}

#[test]
fn a_file_is_sent_from_where_it_stands_as_long_as_it_is_announced() {
    let (project, server) = serving("data:/data", &[]);
    for (path, text, told) in [
        ("/whole", LINES, Some("19")),
        ("/both", LINES, Some("19")),
        ("/position", "second\nthird\n", Some("13")),
        ("/part", "second", Some("6")),
        ("/written", "just written", Some("12")),
        ("/around", LINES, None),
        ("/image", APP, None),
    ] {
        let reply = server.get(path);
        assert_eq!((reply.ok(), length(&reply)), (text, told), "{path}");
        assert_eq!(reply.header("wasgi-handed-file"), None);
        server.wait_for(&format!("GET {path} 200 {} B", text.len()));
    }
    assert_eq!(server.get("/removed").ok(), LINES, "its close() removes it");
    server.wait_for("removed");
    assert!(!project.path("data/lines.txt").exists());
}

#[test]
fn read_only_directories_are_enough() {
    let (_project, server) = serving("data:/data:ro", &[]);
    let reply = server.get("/whole");
    assert_eq!((reply.ok(), length(&reply)), (LINES, Some("19")));
}

#[test]
fn who_hands_nothing_over_sends_its_own_body() {
    let (_project, server) = serving("data:/data", &[]);
    let reply = server.get("/forged");
    assert_eq!((reply.ok(), reply.header("wasgi-handed-file")), ("a body", None));
}

#[test]
fn a_large_file_takes_no_sandbox_and_little_memory() {
    let (_project, server) = serving("data:/data", &["--concurrency", "1", "--timeout", "5s"]);
    let before = server.footprint().private;
    let mut slow = server.connect();
    slow.send("GET /large HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert!(slow.head().contains(&format!("content-length: {LARGE}\r\n")));
    // The only sandbox is free.
    assert_eq!(server.get("/position").ok(), "second\nthird\n");
    assert_eq!(slow.what_is_left(), LARGE);
    let grown = server.footprint().private.saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB more");
    server.wait_for_line(|line| line.contains("GET /large 200") && line.contains(" ok"));
}

#[test]
fn a_file_that_becomes_shorter_does_not_look_whole() {
    let (project, server) = serving("data:/data", &[]);
    let mut slow = server.connect();
    slow.send("GET /shrinks HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    slow.head();
    fs::OpenOptions::new().write(true).open(project.path("data/large.bin")).unwrap().set_len(1).unwrap();
    assert!(slow.what_is_left() < LARGE);
    server.wait_for_line(|line| line.contains("GET /shrinks 200") && line.ends_with("cut-off"));
}

#[test]
fn it_is_compressed_like_any_answer() {
    let (project, server) = serving("data:/data", &["--compress"]);
    project.write("data/lines.txt", &LINES.repeat(1000));
    let request = http::Request::get(server.url("/html")).header("Accept-Encoding", "gzip").body(());
    let reply = server.request(request.unwrap());
    assert_eq!((reply.header("content-encoding"), length(&reply)), (Some("gzip"), None));
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&reply.body[..]), &mut text).unwrap();
    assert_eq!(text, LINES.repeat(1000));
}
