//! Files of granted directories that an import opens and requests continue to use.

use crate::harness::{Project, Server};
use std::fs;

const APP: &str = include_str!("../apps/granted/held.py");

fn project() -> Project {
    Project::new(&[("app/app.py", APP), ("data/text", "one\ntwo\nthree\n")])
}

fn log(project: &Project) -> String {
    fs::read_to_string(project.path("data/log")).unwrap()
}

/// Requests work as they would on any server.
fn is_served(project: &Project, server: &Server) {
    assert_eq!(server.get("/").ok(), "0 visits");
    assert_eq!((server.get("/visit").ok(), server.get("/visit").ok()), ("1 visits", "2 visits"));
    assert_eq!((server.get("/").ok(), server.get("/read").ok()), ("2 visits", "one, two"));
    assert_eq!(server.get("/read").ok(), "one, two", "each request begins where the import left off");
    assert_eq!(log(project), "imported\nvisited\nvisited\n", "the import wrote once");
}

#[test]
fn what_an_import_leaves_open_is_opened_again_by_requests() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    for (line, path) in [
        ("app.py:7 DATABASE = sqlite3.connect(\"/data/store/app.db\", isolation_level=None)", "/data/store/app.db"),
        ("app.py:9 LOG = open(\"/data/log\", \"a\")  # noqa: SIM115 (it stays open)", "/data/log"),
        ("app.py:11 TEXT = open(\"/data/text\")  # noqa: SIM115 (the same)", "/data/text"),
    ] {
        server.wait_for(&format!("note: {line}: {path} stays open; each request opens it again when it uses it"));
    }
    is_served(&project, &server);
}

#[test]
fn the_same_from_a_component_built_for_it() {
    let project = project();
    project.succeed(&["build", "app/app.py", "--filesystem", "--build-dir", "data:/data", "--output", "app.wasm"]);
    is_served(&project, &Server::start(project.wasgi(&["serve", "app.wasm", "--dir", "data:/data"])));
    let message = project.refused(&["build", "app/app.py", "--build-dir", "data:/data"]);
    assert!(message.contains("is built without --filesystem: give it, or close the file"), "{message}");
}

#[test]
fn a_server_that_imports_at_its_start_opens_its_own() {
    let project = project();
    project.write("other/text", "eins\nzwei\n");
    project.succeed(&["build", "app/app.py", "--filesystem", "--build-dir", "data:/data", "--output", "app.wasm"]);
    fs::remove_file(project.path("data/log")).unwrap();
    let server = Server::start(project.wasgi(&["serve", "app.wasm", "--import-at-start", "--dir", "other:/data"]));
    assert_eq!((server.get("/visit").ok(), server.get("/read").ok()), ("1 visits", "eins, zwei"));
    assert_eq!(fs::read_to_string(project.path("other/log")).unwrap(), "imported\nvisited\n");
    assert!(!project.path("data/log").exists());
}

#[test]
fn what_is_gone_is_an_error_of_the_request_that_uses_it() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    fs::remove_file(project.path("data/text")).unwrap();
    assert_eq!(server.get("/read").status, 200, "what the import has read ahead");
    fs::remove_file(project.path("data/log")).unwrap();
    assert_eq!(server.get("/visit").status, 500);
    server
        .wait_for("wasgi: /data/log, open since the import, cannot be opened again: it is not there (--dir grants it)");
    server.wait_for("OSError: [Errno 8] Bad file descriptor");
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn what_no_request_could_go_on_with_is_refused() {
    let app = |code: &str| {
        format!(
            "import os, sqlite3\n\nDATABASE = sqlite3.connect('/data/app.db')\nDATABASE.execute('create table if not \
                 exists t (x)')\nDATABASE.commit()\n{code}\n\n\ndef app(environ, start): ...\n"
        )
    };
    let begin = "DATABASE.execute('insert into t values (1)')";
    let unread = "DATABASE.execute('insert into t values (1), (2)')\nDATABASE.commit()\nROWS = DATABASE.execute('select x from \
                  t')\nROWS.fetchone()";
    let removed = "FILE = open('/data/gone', 'w')\nos.remove('/data/gone')";
    let transaction = "app.py:3 DATABASE = sqlite3.connect('/data/app.db'): the connection to /data/app.db has an open";
    for (code, message) in [
        (begin, transaction),
        (unread, transaction),
        (removed, "app.py:6 FILE = open('/data/gone', 'w'): /data/gone was opened at import, and is removed"),
    ] {
        let project = Project::new(&[("app/app.py", &app(code)), ("data/note", "")]);
        let said = project.refused(&["run", "app/app.py", "--dir", "data:/data"]);
        assert!(said.contains(message), "{code}: {said}");
    }
}
