//! State that a snapshot must not repeat: requests start with the same memory, but share no secret.

use crate::harness::{Project, Server, refused};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::thread;

const INSTANCES: usize = 1000;

fn drawn() -> Project {
    Project::new(&[("app.py", include_str!("../apps/drawn.py"))])
}

/// Sends requests to many instances, some at the same time.
fn ask(server: &Server) -> Vec<Value> {
    const CLIENTS: usize = 4;
    let ask_some = || (0..INSTANCES / CLIENTS).map(|_| server.get("/").json()).collect::<Vec<_>>();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask_some)).collect();
        clients.into_iter().flat_map(|client| client.join().expect("every instance answers")).collect()
    })
}

fn check(seen: &[Value]) {
    let mut values: HashMap<&str, HashSet<String>> = HashMap::new();
    for instance in seen {
        for (name, value) in instance["unique"].as_object().expect("values by name") {
            assert!(values.entry(name).or_default().insert(value.to_string()), "{name}: {value} came twice");
        }
        let (before, now) = (&instance["at import"], &instance["now"]);
        for (clock, value) in now.as_object().expect("clocks by name") {
            let (before, value) = (before[clock].as_f64().unwrap(), value.as_f64().unwrap());
            assert!(before >= 0.0 && value >= before, "{clock} went back, from {before} to {value}");
        }
        assert!(instance["slept"].as_f64().unwrap() >= 0.001, "{instance}");
        assert!(instance["pid"].as_u64().unwrap() > 1);
        assert_eq!(instance["arguments"], serde_json::json!([""]));
        for same in ["seeded", "hash", "at import"] {
            assert_eq!(instance[same], seen[0][same], "{same} is of the snapshot");
        }
    }
    for (name, values) in values {
        assert_eq!(values.len(), INSTANCES, "{name}");
    }
    // Out of four million, so one may occur twice.
    let pids: HashSet<_> = seen.iter().map(|instance| instance["pid"].as_u64()).collect();
    assert!(pids.len() > INSTANCES * 9 / 10, "{} process ids", pids.len());
}

#[test]
fn nothing_repeats_in_a_thousand_instances() {
    let project = drawn();
    check(&ask(&project.run(&["app.py"])));
}

#[test]
fn nor_on_a_stock_engine() {
    let component = drawn_component();
    check(&ask(&Server::wasmtime(&component.1, &[])));
}

fn drawn_component() -> (Project, std::path::PathBuf) {
    let project = drawn();
    let component = project.build("app.py");
    (project, component)
}

fn hash(server: &Server) -> String {
    server.get("/").ok().to_owned()
}

const HASH: &str = "
import sys


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'{sys.hash_info.algorithm} {hash(\"wasgi\")}'.encode()]
";

#[test]
fn each_build_has_a_hash_secret_of_its_own() {
    let project = Project::new(&[("app.py", HASH)]);
    let first = hash(&Server::serve(&project.build("app.py")));
    let second = hash(&Server::serve(&project.build("app.py")));
    assert!(first.starts_with("siphash13 ") && second.starts_with("siphash13 "), "{first}");
    assert_ne!(first, second);
}

#[test]
fn a_server_that_imports_at_its_start_has_one_of_its_own() {
    let project = Project::new(&[("app.py", HASH)]);
    let component = project.build("app.py");
    let component = component.to_str().unwrap();
    let imported = || Server::start(project.wasgi(&["serve", "--import-at-start", component]));
    let hashes = [hash(&Server::start(project.wasgi(&["serve", component]))), hash(&imported()), hash(&imported())];
    assert_eq!(HashSet::from(hashes.clone()).len(), 3, "{hashes:?}");
    let server = imported();
    assert_eq!(hash(&server), hash(&server));
}

#[test]
fn importing_at_the_start_wants_the_wasgi_that_built_the_component() {
    let project = Project::new(&[("app.py", HASH)]);
    let mut bytes = std::fs::read(project.build("app.py")).unwrap();
    let mark = b"\"bundle\":\"";
    let place = bytes.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
    bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
    std::fs::write(project.path("other.wasm"), bytes).unwrap();
    let message = project.refused(&["serve", "--import-at-start", "other.wasm"]);
    assert!(message.contains("--import-at-start takes the wasgi that built the component"), "{message}");
}

const HOOKS: &str = "
import os
import sys

import wasgi

SEEN = []


@wasgi.before_snapshot
def before():
    SEEN.append('before')


@wasgi.after_restore
def after():
    SEEN.append('after with ' + os.environ['GIVEN'])


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [', '.join(SEEN).encode()]
";

#[test]
fn hooks_run_once_before_and_in_every_request_after() {
    let project = Project::new(&[("app.py", HOOKS)]);
    let server = project.run(&["app.py", "--env", "GIVEN=a variable"]);
    for _ in 0..2 {
        assert_eq!(server.get("/").ok(), "before, after with a variable");
    }
}

#[test]
fn a_hook_that_fails_is_told() {
    let project = Project::new(&[("app.py", HOOKS)]);
    let server = project.run(&["app.py"]);
    assert_eq!(server.get("/").status, 500);
    server.wait_for("KeyError: 'GIVEN'");
    project.write("app.py", &HOOKS.replace("SEEN.append('before')", "raise ValueError('no warmth')"));
    let message = project.refused(&["build", "app.py"]);
    assert!(message.contains("given to wasgi.before_snapshot, failed") && message.contains("no warmth"), "{message}");
}

const LAZY: &str = "
import sys


def app(environ, start_response):
    seen = 'colorsys' in sys.modules
    import colorsys
    if environ['PATH_INFO'] == '/broken':
        raise ValueError('a cold start')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [repr((seen, environ['QUERY_STRING'])).encode()]
";

#[test]
fn what_a_warm_up_request_imports_is_in_the_snapshot() {
    let project = Project::new(&[("app.py", LAZY)]);
    assert_eq!(project.run(&["app.py", "--cold"]).get("/").ok(), "(False, '')");
    // It changes with each request, so its modules alone are brought in.
    assert_eq!(project.run(&["app.py"]).get("/").ok(), "(True, '')");
    let server = project.run(&["app.py", "--warm", "/?a=b"]);
    assert_eq!(server.get("/?c").ok(), "(True, 'c')");
    assert!(!server.log().contains("warm-up"), "{}", server.log());
}

#[test]
fn a_warm_up_request_that_fails_is_told() {
    let project = Project::new(&[("app.py", LAZY)]);
    let said = project.succeed(&["build", "app.py", "--warm", "/broken", "--warm", "/"]);
    assert!(said.contains("note: the warm-up request GET /broken was answered with 500"), "{said}");
    assert!(said.contains("ValueError: a cold start"), "{said}");
    assert!(!said.contains("GET / was answered"), "{said}");
}

#[test]
fn a_warm_up_path_is_one() {
    let mut command = crate::harness::wasgi(&["build", "hello.py", "--warm", "hello"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("a path begins with /"));
}

#[test]
fn a_database_of_the_host_cannot_be_opened_at_import() {
    let app = "import sqlite3\n\nDATABASE = sqlite3.connect('/data/shop.db')\n\n\ndef app(environ, start): ...\n";
    let project = Project::new(&[("app.py", app)]);
    let message = refused(project.wasgi(&["build", "app.py"]));
    let expected = "app.py:3 DATABASE = sqlite3.connect('/data/shop.db'): there is no directory /data at import";
    assert!(message.contains(expected), "{message}");
}
