//! Third-party checks of the gateway: wsgiref's validator, WebTest's lint, waitress's functional tests, and frameworks.
//! `tests/corpora/fetch.py` fetches them (`./just test` does), each pinned by its hash.

use crate::harness::clients::fetched;
use crate::harness::{Project, Reply, Server, wasgi};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Requests to applications of `tests/apps` that keep the rules: path, and the body of a POST.
const REQUESTS: [(&str, Option<&str>); 41] = [
    ("hello", None),
    ("hello", Some("ignored")),
    ("natives/caf%C3%A9%ff?%ff", None),
    ("url/a%20b?c=d", None),
    ("echo", Some("")),
    ("echo", Some("body")),
    ("reading", Some("abcdef\nsecond\nthird\nlast")),
    ("inputs/minus", Some("ab\ncd\n")),
    ("inputs/sized", Some("ab\ncd\n")),
    ("inputs/line", Some("ab\ncd\n")),
    ("inputs/lines", Some("ab\ncd\n")),
    ("inputs/lines-hint", Some("ab\ncd\n")),
    ("inputs/iterate", Some("ab\ncd\n")),
    ("inputs/mixed", Some("ab\ncd\n")),
    ("talk", Some("one\ntwo\n")),
    ("writes", Some("one\ntwo\n")),
    ("writing", None),
    ("shapes/list", None),
    ("shapes/tuple", None),
    ("shapes/sized", None),
    ("shapes/empty", None),
    ("shapes/hollow", None),
    ("shapes/two", None),
    ("shapes/generator", None),
    ("shapes/nothing", None),
    ("shapes/gaps", None),
    ("shapes/map", None),
    ("shapes/old", None),
    ("shapes/lines", None),
    ("counted/list", None),
    ("counted/blocks", None),
    ("ending/whole", None),
    ("ending/cut", None),
    ("wrapped/noting", None),
    ("wrapped/bare", None),
    ("wrapped/position", None),
    ("wrapped/short", None),
    ("recovering", None),
    ("twice/replacing", None),
    ("telling", None),
    ("big", None),
];

/// Cases in which a wrapper misjudges a response, or forbids what PEP 3333 allows.
const DIFFERENCES: [(&str, &str, &str); 2] = [
    ("validate", "echo", "wants a size for read(); PEP 3333 lets applications leave it out"),
    ("lint", "shapes/old", "wants __iter__; PEP 3333 allows __getitem__, the protocol before iterators"),
];

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpora")
}

/// Serves the applications of `tests/apps` behind the wrappers.
fn linted() -> Server {
    let project = Project::new(&[("linted.py", &std::fs::read_to_string(corpora().join("linted.py")).unwrap())]);
    std::os::unix::fs::symlink(corpora().join("../apps"), project.path("apps")).unwrap();
    project.run(&["linted.py", "--site-packages", fetched("packages").to_str().unwrap()])
}

fn ask(server: &Server, wrapper: &str, (path, body): (&str, Option<&str>)) -> Reply {
    let path = format!("/{wrapper}/{path}");
    match body {
        Some(body) => server.post(&path, body),
        None => server.get(&path),
    }
}

#[test]
fn strict_wrappers_find_nothing_wrong_between_server_and_application() {
    let server = linted();
    let (mut agreed, mut wrong) = (0, vec![]);
    for wrapper in ["validate", "lint"] {
        for request in REQUESTS {
            let plain = ask(&server, "plain", request);
            let strict = ask(&server, wrapper, request);
            // Only this may differ: the application sees the wrapper's name in its URL.
            let body = strict.body.clone();
            let same = (plain.status, plain.body) == (strict.status, body) || request.0.starts_with("url/");
            let difference = DIFFERENCES.iter().find(|(of, path, _)| (*of, *path) == (wrapper, request.0));
            if let Some((_, path, why)) = difference {
                println!("differs: {wrapper}/{path}: {why}");
            }
            let listed = difference.is_some();
            if same == listed {
                wrong.push(format!("{wrapper}/{} ({}, listed: {listed})", request.0, strict.status));
            }
            agreed += usize::from(same);
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!(server.log().matches("linted: ").count(), 0);
    let tried = 2 * REQUESTS.len();
    println!("wsgiref.validate and webtest.lint: {tried} tried, {agreed} agreed, {} differing", tried - agreed);
}

#[test]
fn the_strict_wrappers_are_awake() {
    let server = linted();
    for (wrapper, path, finding) in [
        ("validate", "status/200", "No Content-Type header found"),
        ("lint", "shapes/old", "The application must return an iterator"),
    ] {
        assert_eq!(server.get(&format!("/plain/{path}")).status, 200);
        assert_eq!(server.get(&format!("/{wrapper}/{path}")).status, 500, "{wrapper}");
        server.wait_for(&format!("AssertionError: {finding}"));
    }
}

#[test]
fn waitress_functional_tests_agree_but_for_what_is_listed() {
    let mut command = Command::new("python3");
    command.arg(corpora().join("waitress_functional.py")).arg(wasgi(&[]).get_program());
    command.arg(fetched("sources/waitress-3.0.2")).arg(fetched("packages")).env_remove("VIRTUAL_ENV");
    let output = command.output().expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the table in tests/corpora/differences.py says otherwise");
    assert!(said.contains(" agreed, "));
}

/// Frameworks that read only up to CONTENT_LENGTH, which a chunked body does not have.
#[test]
fn chunked_bodies_reach_frameworks_that_read_by_length() {
    for framework in ["bottle", "django", "falcon"] {
        let mut command = wasgi(&["run", &format!("with_{framework}.py"), "--site-packages"]);
        command.arg(fetched("packages")).current_dir(corpora().join("frameworks"));
        let server = Server::start(command);
        let chunked = server.post("/", ureq::SendBody::from_reader(&mut "chunked body".as_bytes()));
        assert_eq!(chunked.ok(), "12 chunked body", "{framework}");
        assert_eq!(server.post("/", "known").ok(), "5 known", "{framework}");
    }
}
