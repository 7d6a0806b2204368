//! `wasgi build --reproducible`: the same bytes from the same inputs.

use crate::harness::{Project, SITE, Server};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Values that may differ between builds: sets, addresses, clocks, generators, names of temporary files, databases.
const APP: &str = "
import json, logging, random, sqlite3, sys, tempfile, threading, time, uuid

NAMES = {'alpha', 'beta', 'gamma', 'delta', 'epsilon'}
ORDER = list(NAMES)
ADDRESSES = [id(object()) for _ in range(3)]
STARTED = time.time(), time.monotonic(), time.process_time()
SHUFFLED = random.Random(7).sample(range(100), 10)
KEPT = random.Random()
FILE = tempfile.mkstemp()
DATABASE = sqlite3.connect(':memory:')
DATABASE.execute('create table pages (name)')
logging.basicConfig(level='INFO')
logging.getLogger('app').info('imported')


def app(environ, start_response):
    import page
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps([ORDER, hash('wasgi'), STARTED, page.NAME, random.random()]).encode()]
";
const DRAWS: &str = "
import secrets

KEY = secrets.token_hex()


def app(environ, start_response):
    start_response('200 OK', [])
    return [KEY.encode()]
";
const RECORD: &str = "shop/__init__.py,sha256=x,1\nshop-1.0.dist-info/RECORD,,\n";

/// A separate folder with an application and a virtual environment, as on another person's machine.
fn project(app: &str, script: &str) -> Project {
    let site = format!(".venv/{SITE}");
    let record =
        format!("../../../bin/shop,sha256={script},9\n{RECORD}shop/__pycache__/x.{}.pyc,,\n", env!("PYTHON_TAG"));
    Project::new(&[
        ("app.py", app),
        ("page.py", "NAME = 'page'\n"),
        (&format!("{site}/shop/__init__.py"), "SET = frozenset({'a', 'b', 'c'})\nTEXT = 'some text of it'\n"),
        (&format!("{site}/shop-1.0.dist-info/RECORD"), &record),
    ])
}

/// Builds with a separate cache, so that the other build's results are not used.
fn build(project: &Project, cache: Option<&Path>, options: &[&str]) -> (PathBuf, String) {
    let mut command = project.wasgi(&["build", "app.py", "--output", "app.wasm", "--reproducible"]);
    if let Some(cache) = cache {
        command.env("WASGI_CACHE", cache);
    }
    let output = command.args(options).output().expect("wasgi starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (project.path("app.wasm"), said)
}

fn hash(component: &Path) -> String {
    let digest = Sha256::digest(fs::read(component).expect("it was built"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn two_builds_in_two_folders_are_one_file() {
    let (here, there) = (project(APP, "of-here"), project(APP, "of-there"));
    let cache = tempfile::tempdir().unwrap();
    let options = ["--warm", "/"];
    let first = build(&here, None, &options).0;
    let second = build(&there, Some(cache.path()), &options).0;
    println!("first build:  {}\nsecond build: {}", hash(&first), hash(&second));
    difference(&fs::read(&first).unwrap(), &fs::read(&second).unwrap());
    // Later, and with byte code in the cache.
    assert_eq!(hash(&first), hash(&build(&here, None, &options).0));
    let (one, other) = (Server::serve(&first), Server::serve(&first));
    let (one, other) = (one.get("/").json(), other.get("/").json());
    assert_eq!(one[2][0].as_f64().unwrap() as u64, 315_532_800, "clocks stand at the first day");
    assert_ne!(one[4], other[4], "what must be random is drawn after the snapshot");
}

/// Fails at the first differing byte, and shows its surroundings.
fn difference(first: &[u8], second: &[u8]) {
    let around = |bytes: &[u8], at: usize| {
        String::from_utf8_lossy(&bytes[at.saturating_sub(60)..bytes.len().min(at + 60)]).into_owned()
    };
    if let Some(at) = first.iter().zip(second).position(|(a, b)| a != b) {
        panic!("byte {at} differs:\n{:?}\n{:?}", around(first, at), around(second, at));
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn other_inputs_have_another_hash_secret() {
    let plain = project(APP, "x");
    let changed = project(&format!("{APP}\n# changed"), "x");
    let secret = |project| Server::serve(&build(project, None, &[]).0).get("/").json()[1].clone();
    assert_ne!(secret(&plain), secret(&changed));
}

#[test]
fn a_point_in_time_may_be_given() {
    let project = project(APP, "x");
    let mut command = project.wasgi(&["build", "app.py", "--output", "app.wasm", "--reproducible"]);
    assert!(command.env("SOURCE_DATE_EPOCH", "1700000000").status().unwrap().success());
    let started = Server::serve(&project.path("app.wasm")).get("/").json()[2][0].as_f64().unwrap();
    assert_eq!(started as u64, 1_700_000_000);
}

#[test]
fn what_an_import_draws_is_fresh_and_the_build_says_so() {
    let project = project(DRAWS, "x");
    let key = |options: &[&str]| {
        let (component, said) = build(&project, None, options);
        (Server::serve(&component).get("/").ok().to_owned(), said)
    };
    let ((first, said), (second, _)) = (key(&[]), key(&[]));
    assert!(said.contains("app.py:4 KEY = secrets.token_hex()"), "{said}");
    assert!(said.contains("not reproducible: the application draws from entropy at import"), "{said}");
    assert_ne!(first, second, "a secret that others could compute from the sources is none");
    let ((first, said), (second, _)) =
        (key(&["--allow-import-entropy", "app"]), key(&["--allow-import-entropy", "app"]));
    assert!(!said.contains("not reproducible"), "{said}");
    assert_eq!(first, second);
}
