//! The README's examples work as described.

use crate::harness::{Server, wasgi};
use std::path::Path;
use std::thread;

fn example(path: &str) -> Server {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut command = wasgi(&["run", path]);
    command.current_dir(folder);
    Server::start(command)
}

/// The Flask example with its packages, which `./just requirements` installs.
fn flask() -> Server {
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/flask_app/.venv");
    assert!(environment.is_dir(), "Flask is not installed: run `./just requirements` (`./just test` does)");
    example("flask_app/app.py")
}

#[test]
fn hello() {
    assert_eq!(example("hello.py").get("/").ok(), "Hello from a sandbox of your own!\n");
}

#[test]
fn the_memory_demonstration_says_what_its_classic_does() {
    let mut server = example("memory.py");
    assert_eq!(server.get("/").ok(), "Hello, World!\n");
    server.interrupt();
    assert_eq!(server.wait_for_end().code(), Some(0));
    assert!(server.log().contains("Shutting down..."));
}

#[test]
fn flask_serves_templates_files_json_and_errors() {
    let server = flask();
    assert!(server.get("/").ok().contains("<h1>Hello, stranger!</h1>"));
    assert!(server.get("/static/style.css").ok().contains("font-family"));
    let request = http::Request::post(server.url("/echo")).header("Content-Type", "application/json");
    let echoed = server.request(request.body(r#"{"a":[1,2]}"#).unwrap()).json();
    assert_eq!(echoed, serde_json::json!({"you_sent": {"a": [1, 2]}, "length": 11}));
    assert_eq!(server.get("/nowhere").status, 404);
    assert_eq!(server.get("/crash").status, 500);
    server.wait_for("RuntimeError: this route always fails");
}

/// Before the snapshot, the warm-up compiles templates and imports modules, and placement moves code.
#[test]
fn flask_serves_after_warm_up_requests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut command = wasgi(&["run", "flask_app/app.py", "--warm", "/", "--warm", "/static/style.css"]);
    command.current_dir(folder);
    let server = Server::start(command);
    for _ in 0..2 {
        assert!(server.get("/").ok().contains("<h1>Hello, stranger!</h1>"));
        assert!(server.get("/static/style.css").ok().contains("font-family"));
        assert_eq!(server.get("/crash").status, 500);
    }
}

#[test]
fn a_flask_session_lives_in_its_cookie() {
    let server = flask();
    let form = http::Request::post(server.url("/name")).header("Content-Type", "application/x-www-form-urlencoded");
    let reply = server.request(form.body("name=Ada").unwrap());
    assert_eq!(reply.status, 302);
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let page = http::Request::get(server.url("/")).header("Cookie", cookie);
    assert!(server.request(page.body(()).unwrap()).ok().contains("<h1>Hello, Ada!</h1>"));
}

#[test]
fn the_flask_counter_never_passes_one() {
    let server = flask();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(server.get("/counter").json(), serde_json::json!({"requests_seen": 1}));
                }
            });
        }
    });
}
