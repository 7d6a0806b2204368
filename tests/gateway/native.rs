//! File operations have the same outcome on a native Python, in a granted directory and in /tmp.

use crate::harness::{Project, SITE, Server};
use serde_json::{Value, json};
use std::process::Command;

const DESCRIPTORS: &str = include_str!("../apps/native/descriptors.py");
const OPERATIONS: &str = include_str!("../apps/native/operations.py");

fn project() -> Project {
    let app = include_str!("../apps/native/app.py");
    let descriptors = ("app/descriptors.py", DESCRIPTORS);
    let project = Project::new(&[("app/app.py", app), ("app/operations.py", OPERATIONS), descriptors]);
    for folder in ["data", "native"] {
        std::fs::create_dir(project.path(folder)).unwrap();
    }
    project
}

/// The outcomes of the operations on the machine's own Python.
fn natively(project: &Project) -> Value {
    let mut python = Command::new("python3");
    python.arg("app/operations.py").arg("native").current_dir(project.path("."));
    let done = python.output().expect("python3");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// Checks all outcomes; those in the list must equal the list's instead.
#[track_caller]
fn same(native: &Value, found: &Value, but: &[(&str, Value)]) {
    let mut expected = native.clone();
    for (name, outcome) in but {
        assert_ne!(&expected[name], outcome, "{name} is no exception any more");
        expected[name] = outcome.clone();
    }
    for (name, outcome) in expected.as_object().expect("outcomes by name") {
        assert_eq!(&found[name], outcome, "{name}");
    }
}

fn found(server: &Server, folder: &str) -> Value {
    server.get(&format!("/?{folder}")).json()
}

#[test]
fn files_are_as_on_an_ordinary_python() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/srv/data"]);
    let native = natively(&project);
    // WASI has no permission bits: files in granted directories get those of a server with the usual umask. And WASI's
    // names are text.
    let bits = [
        ("undecodable_name", json!("OSError EILSEQ")),
        ("changed_modes", json!("0o100644")),
        ("masked", json!(["0o100644", "0o40755", "0o100644"])),
        ("private", json!(["0o100644", "0o40755"])),
    ];
    same(&native, &found(&server, "/srv/data"), &bits);
    let no_links = [("symbolic_link", json!("PermissionError EPERM")), ("hard_link", json!("PermissionError EPERM"))];
    same(&native, &found(&server, "/tmp"), &no_links);
    assert_eq!(std::fs::read_dir(project.path("data")).unwrap().count(), 0);
}

const FOLDERS: &str = include_str!("../apps/folders.py");
const HOUSEHOLD: &str = include_str!("../apps/household.py");

#[test]
fn folders_are_packed_empty_and_files_keep_their_execute_bit() {
    let project = Project::new(&[("app/app.py", FOLDERS), ("app/hidden/.keep", ""), ("app/run.sh", "#!/bin/sh\n")]);
    std::fs::create_dir_all(project.path("app/empty/deep")).unwrap();
    let bits = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(project.path("app/run.sh"), bits).unwrap();
    let found = found(&project.run(&["app/app.py"]), "/app");
    let entries = &found["entries"];
    assert_eq!(entries["app.py"], json!([false, "0o644", false, false]));
    assert_eq!(entries["run.sh"], json!([false, "0o755", false, true]));
    assert_eq!(entries["hidden"], json!([true, "0o755", false, true]));
    let walked = found["walked"].as_array().expect("a list");
    assert!(walked.contains(&json!("/app/empty/deep")), "{walked:?}");
    assert_eq!(found["changed"], "OSError: Read-only file system");
}

#[test]
fn grants_are_listed_with_the_folders_above_them() {
    let project = Project::new(&[("app/app.py", FOLDERS), ("data/note.txt", ""), ("data/below/x", "")]);
    let server = project.run(&["app/app.py", "--dir", "data:/srv/deep/data:ro", "--dir", "data/below:/app/instance"]);
    let root = found(&server, "/");
    let names: Vec<_> = root["entries"].as_object().expect("names").keys().collect();
    assert_eq!(names, ["app", "lib", "srv", "tmp", "wasgi"]);
    assert_eq!(root["entries"]["srv"], json!([true, "0o555", false, true]));
    let above = found(&server, "/srv");
    assert_eq!(above["walked"], json!(["/srv", "/srv/deep", "/srv/deep/data", "/srv/deep/data/below"]));
    assert_eq!(above["made"], "OSError: Read-only file system");
    assert_eq!(found(&server, "/app")["entries"]["instance"], json!([true, "0o755", true, true]));
}

#[test]
fn a_read_only_grant_says_so() {
    let project = Project::new(&[("app/app.py", FOLDERS), ("data/note.txt", "")]);
    let found = found(&project.run(&["app/app.py", "--dir", "data:/data:ro"]), "/data");
    assert_eq!(found["entries"]["note.txt"], json!([false, "0o444", false, false]));
    assert_eq!((&found["changed"], &found["free"]), (&json!("OSError: Read-only file system"), &json!(0)));
}

#[test]
fn there_is_as_much_room_as_the_limits_leave() {
    let project = Project::new(&[("app/app.py", FOLDERS), ("data/note.txt", "")]);
    let limits = ["--memory", "64MiB", "--dir-bytes", "3MiB"];
    let server = project.run(&[&["app/app.py", "--dir", "data:/data"][..], &limits].concat());
    let data = found(&server, "/data");
    assert_eq!((&data["free"], &data["free then"]), (&json!(3 << 20), &json!(2 << 20)));
    let tmp = found(&server, "/tmp");
    assert_eq!(tmp["total"], 64 << 20);
    let free = |name: &str| tmp[name].as_u64().expect("bytes");
    assert!(free("free then") <= free("free") && free("free") < 64 << 20, "{tmp}");
}

#[test]
fn the_application_has_a_user_a_home_and_a_prefix() {
    let project = Project::new(&[("app/app.py", HOUSEHOLD)]);
    let expected = json!({
        "user": ["wasgi", "wasgi", "wasgi", "wasgi", "wasgi"],
        "ids": [1000, 1000, [1000], 1000],
        "unknown": ["KeyError", "KeyError", "KeyError"],
        "home": ["/tmp", "/tmp", "/tmp", "/tmp/packages", "/tmp/.local"],
        "process": [null, "ProcessLookupError", true],
        "refused": ["OSError", "PermissionError"],
        "listed": true,
        "abilities": [true, true, true],
        "terminal": [80, 24],
        "prefix": ["/wasgi", true, false],
        "packages": [format!("/wasgi/{SITE}"), true],
    });
    assert_eq!(project.run(&["app/app.py"]).get("/").json(), expected);
    let elsewhere = project.run(&["app/app.py", "--env", "HOME=/tmp/mine"]).get("/").json();
    assert_eq!(elsewhere["home"][0], "/tmp/mine", "what is granted wins");
}

/// From Flask's tutorial.
const INSTANCE: &str = "import os, sqlite3\nos.makedirs('/app/instance', exist_ok=True)\ndef app(environ, start_response):\n    \
    database = sqlite3.connect('/app/instance/app.sqlite')\n    database.execute('CREATE TABLE IF NOT EXISTS t (x)')\n    \
    database.close()\n    start_response('200 OK', [])\n    return [' '.join(os.listdir('/app/instance')).encode()]\n";

#[test]
fn an_instance_folder_is_a_grant_beside_the_application() {
    let project = Project::new(&[("app.py", INSTANCE)]);
    let message = project.refused(&["run", "app.py"]);
    assert!(message.contains("writes to /app/instance while it is imported"), "{message}");
    assert!(message.contains("--dir ./instance:/app/instance"), "{message}");
    std::fs::create_dir(project.path("instance")).unwrap();
    let server = project.run(&["app.py", "--dir", "instance:/app/instance"]);
    assert_eq!(server.get("/").ok(), "app.sqlite");
    assert!(project.path("instance/app.sqlite").exists());
}
