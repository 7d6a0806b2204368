//! wsgiref.validate between server and application, over real HTTP: its wrapper reports each broken rule.

use crate::harness::Server;

#[test]
fn the_validator_finds_nothing() {
    let server = Server::all_apps();
    for (app, body) in [
        ("hello", "hello"),
        ("stream", "a stream"),
        ("write", "written and returned"),
        ("file", "a file"),
        ("library", "a file of wsgiref"),
        ("cut", "cut"),
    ] {
        assert_eq!(server.get(&format!("/validated/{app}?q=%20")).ok(), body, "{app}");
    }
    assert_eq!(server.post("/validated/body", "abc\ndef\nghi\njkl").ok(), "ab|c\n|def|\n|ghi\n|jkl");
    assert_eq!(server.get("/validated/empty").status, 204);
    let request = http::Request::head(server.url("/validated/hello")).body(()).unwrap();
    assert_eq!(server.request(request).status, 200);
    server.wait_for("app ! validated.py: all");
    let log = server.log();
    assert!(!log.contains("validated: ") && !log.contains("AssertionError"), "{log}");
}

#[test]
fn the_validator_is_awake() {
    let server = Server::all_apps();
    assert_eq!(server.get("/validated/wrong").status, 500);
    server.wait_for("AssertionError: No Content-Type header found");
}
