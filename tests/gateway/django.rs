//! A Django project, unchanged except for the source of its secret key.

use crate::harness::{Server, wasgi};
use std::path::Path;

fn project() -> Server {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/django");
    assert!(folder.join(".venv").is_dir(), "Django is not installed: run `./just requirements` (`./just test` does)");
    let mut command = wasgi(&["run", "project.wsgi", "--env", "SECRET_KEY=not-in-the-snapshot"]);
    command.current_dir(folder);
    Server::start(command)
}

#[test]
fn it_builds_quietly() {
    let log = project().log();
    assert!(!log.contains("note: ") && !log.contains("warning: "), "{log}");
}

#[test]
fn it_serves_pages_and_forms() {
    let server = project();
    let page = server.get("/");
    assert!(page.ok().contains("<h1>Hello, stranger!</h1>") && page.text().contains("csrfmiddlewaretoken"));
    let form = http::Request::post(server.url("/name")).header("Content-Type", "application/x-www-form-urlencoded");
    let reply = server.request(form.body("name=Ada").unwrap());
    reply.ok();
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let page = http::Request::get(server.url("/")).header("Cookie", cookie);
    assert!(server.request(page.body(()).unwrap()).ok().contains("<h1>Hello, Ada!</h1>"));
    assert_eq!(server.get("/crash").status, 500);
}

#[test]
fn its_tokens_are_fresh() {
    let server = project();
    let (first, second) = (server.get("/drawn").json(), server.get("/drawn").json());
    for name in ["token", "blob"] {
        assert_ne!(first[name], second[name], "{name} came twice");
    }
}

#[test]
fn its_passwords_are_hashed_as_by_default() {
    let seen = project().post("/account", "").json();
    assert!(seen["hash"].as_str().unwrap().starts_with("pbkdf2_sha256$1000000$"), "{seen}");
    assert_eq!(seen["found"], serde_json::json!([null, "ada"]));
    assert_eq!(seen["session"], "1");
}
