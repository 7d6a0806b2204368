//! `--dir`: a directory of the host in the sandbox, within the limits of its grant.

use crate::harness::{Project, Server};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;

const APP: &str = include_str!("../apps/directory.py");

fn project() -> Project {
    let project = Project::new(&[("app/app.py", APP), ("data/note.txt", "from the host"), ("secret.txt", "hidden")]);
    symlink("note.txt", project.path("data/inside")).unwrap();
    symlink(project.path("secret.txt"), project.path("data/outside")).unwrap();
    project
}

fn seen(server: &Server) -> Value {
    server.get("/").json()
}

#[test]
fn a_granted_directory_is_read_and_written() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    let first = seen(&server);
    assert_eq!(first["list"], json!(["inside", "note.txt", "outside"]));
    for way in ["read", "read relative", "read by a link inside"] {
        assert_eq!(first[way], "from the host", "{way}");
    }
    assert_eq!((&first["append"], &first["database"]), (&json!(1), &json!(1)));
    let second = seen(&server);
    assert_eq!((&second["append"], &second["database"]), (&json!(2), &json!(2)), "the host's files stay");
    assert_eq!(std::fs::read_to_string(project.path("data/visits")).unwrap(), "xx");
}

#[test]
fn nothing_beside_it_is_reached() {
    let project = project();
    let seen = seen(&project.run(&["app/app.py", "--dir", "data:/data"]));
    assert_eq!(seen["read by .. outside"], "FileNotFoundError");
    assert_eq!(seen["read by a link outside"], "PermissionError");
    assert_eq!(seen["make a link outside"], "PermissionError");
    assert_eq!(seen["move out"], "OSError");
    assert!(project.path("data/note.txt").exists());
}

#[test]
fn files_that_stay_open_are_an_oserror_before_they_are_a_trap() {
    let app = include_str!("../apps/granted/descriptors.py");
    let project = Project::new(&[("app/app.py", app), ("data/text", "text")]);
    let server = project.run(&["app/app.py", "--cold", "--dir", "data:/data", "--handles", "60"]);
    for _ in 0..2 {
        let response = server.get("/");
        let count: usize = response.header("x-count").expect("a count").parse().unwrap();
        assert_eq!(response.ok(), "EMFILE, EMFILE from a listing, text again once one is closed, ['text']");
        assert!((25..40).contains(&count), "{count} of 60");
    }
}

#[test]
fn read_only_is_read_only() {
    let project = project();
    let seen = seen(&project.run(&["app/app.py", "--dir", "data:/data:ro"]));
    assert_eq!(seen["read"], "from the host");
    assert_eq!((&seen["append"], &seen["database"]), (&json!("PermissionError"), &json!("OperationalError")));
    assert_eq!(std::fs::read_dir(project.path("data")).unwrap().count(), 3, "nothing came to it");
}

#[test]
fn a_component_is_built_for_directories_or_refuses_them() {
    let project = project();
    let without = project.build("app/app.py").display().to_string();
    let message = project.refused(&["serve", &without, "--dir", "data:/data"]);
    assert!(message.contains("build it with `wasgi build --filesystem`"), "{message}");
    let said = project.succeed(&["build", "app/app.py", "--filesystem", "--output", "with.wasm"]);
    assert!(said.contains("imports wasi:filesystem"), "{said}");
    let server = Server::start(project.wasgi(&["serve", "with.wasm", "--dir", "data:/data"]));
    assert_eq!(seen(&server)["read"], "from the host");
    let nothing_granted = Server::start(project.wasgi(&["serve", "with.wasm"]));
    assert_eq!(seen(&nothing_granted)["read"], "FileNotFoundError");
}

#[test]
fn a_request_writes_no_more_than_its_limit() {
    const LIMIT: u64 = 1 << 20;
    let project = Project::new(&[("app.py", include_str!("../apps/filling.py")), ("data/note.txt", "")]);
    let server = project.run(&["app.py", "--dir", "data:/data", "--dir-bytes", "1MiB"]);
    for way in ["write", "append", "place", "truncate", "rewrite"] {
        let _ = std::fs::remove_file(project.path("data/file"));
        assert_eq!(server.get(&format!("/{way}")).ok(), "ENOSPC", "{way}");
        let size = std::fs::metadata(project.path("data/file")).unwrap().len();
        let least = if way == "rewrite" { 0 } else { LIMIT - 60_000 };
        assert!((least..=LIMIT).contains(&size), "{way}: {size} bytes");
    }
    server.wait_for("wasgi: a request writes more into directories than --dir-bytes allows");
}

#[test]
fn what_cannot_be_granted_is_told_at_the_start() {
    let project = project();
    for (grant, cure) in [
        ("nowhere:/data", "name a directory that this process may read"),
        ("secret.txt:/data", "name a directory that this process may read"),
    ] {
        let message = project.refused(&["run", "app/app.py", "--dir", grant]);
        assert!(message.contains(cure), "{message}");
    }
}

#[test]
fn a_directory_that_vanishes_fails_its_requests_only() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    std::fs::rename(project.path("data"), project.path("moved")).unwrap();
    assert_eq!(server.get("/").status, 500);
    server.wait_for("cannot open a granted directory: --dir data");
    std::fs::rename(project.path("moved"), project.path("data")).unwrap();
    assert_eq!(seen(&server)["read"], "from the host");
}
