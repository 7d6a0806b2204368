//! The same component and the same tests on every engine: our own host, `wasmtime serve`, `jco serve`, wasmCloud.
//!
//! This program runs itself once more for each engine, and `Server::all_apps` then sends requests to that engine. A
//! table here lists each engine's known differences with their reasons. An unlisted difference fails, and so does a
//! listed one that no longer exists.

use super::lattice::Lattice;
use crate::harness::{BUILD_PATIENCE, Process, Project, Server, engines};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Modules of tests that use a server of all applications.
const SAME: [&str; 8] = [
    "gateway::files::",
    "gateway::serving::",
    "gateway::streaming::",
    "gateway::wsgi_environ::",
    "gateway::wsgi_iterables::",
    "gateway::wsgi_response::",
    "gateway::wsgi_streams::",
    "gateway::wsgi_validate::",
];
/// The same for engines that create an instance for each request. Its applications would damage a reused instance.
const FRESH: &str = "sandbox::isolation::";

/// An engine's differences: names of tests and reasons.
type Differences<'a> = &'a [(&'a str, &'a str)];

const WASMTIME: [(&str, &str); 1] =
    [("gateway::serving::a_request_must_say_whom_it_is_for", "a request without Host is served")];
/// A race in wasmtime: the outcome varies.
const RACES_IN_WASMTIME: [(&str, &str); 1] = [(
    "gateway::wsgi_iterables::too_few_bytes_close_the_connection_and_are_told",
    "where all of a body comes at once, the connection may be closed before the head is sent",
)];
const JCO: [(&str, &str); 3] = [
    ("gateway::serving::any_method_arrives", "methods of no standard arrive in lower case"),
    ("gateway::serving::statuses_and_repeated_headers_go_out", "of several Set-Cookie headers the last one is sent"),
    ("gateway::wsgi_streams::continue_is_not_sent_for_a_body_that_nobody_reads", "Node sends 100 Continue by itself"),
];
/// A response that is cut off, or a connection that ends before its response, ends jco's process.
const ENDS_JCO: [(&str, &str); 4] = [
    ("gateway::streaming::a_client_that_goes_away_leaves_the_server_working", "the client goes away: the server ends"),
    ("gateway::streaming::close_is_called_when_the_client_goes_away", "the same"),
    (
        "gateway::wsgi_iterables::too_few_bytes_close_the_connection_and_are_told",
        "the answer is cut off: the server ends",
    ),
    ("gateway::wsgi_response::an_error_is_trapped_and_logged_wherever_it_is_raised", "the same"),
];
const RUN_ONCE: (&str, &str) =
    ("gateway::serving::environ_tells_what_the_server_is", "wsgi.run_once is False in an instance that is used again");

/// Of engines that make an instance for each request, in which `isolation` is tested: they let requests to others out.
const LETS_OUT: (&str, &str) = (
    "sandbox::isolation::nothing_can_be_changed_started_or_reached",
    "a connection fails when it is used, and not before",
);

/// The outcome of one test on one engine.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Same,
    Differs,
    /// The test starts wasgi with options, or reads its log.
    OwnHost,
}

/// Runs the tests. The guest detects the reuse of an instance only after its first request: one precedes them.
fn outcomes(server: &Server, modules: &[&str], left_out: Differences) -> BTreeMap<String, Outcome> {
    assert_eq!(server.get("/hello").status, 200);
    let mut tests = Command::new(std::env::current_exe().expect("this program"));
    tests.args(modules).args(left_out.iter().flat_map(|(name, _)| ["--skip", *name])).args(["--test-threads", "2"]);
    tests.env(engines::ASK, server.address().to_string());
    let mut tests = Process::start_group(tests);
    tests.wait_for_end(BUILD_PATIENCE);
    let said = tests.log();
    let ended = said.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    let outcome = |name: &str, how: &str| match how {
        "ok" => Outcome::Same,
        _ if reason(&said, name).contains(engines::OWN_HOST) => Outcome::OwnHost,
        _ => Outcome::Differs,
    };
    let outcomes: BTreeMap<_, _> = ended.map(|(name, how)| (name.to_owned(), outcome(name, how))).collect();
    for (name, _) in outcomes.iter().filter(|(_, outcome)| **outcome == Outcome::Differs) {
        println!("{}", reason(&said, name));
    }
    outcomes
}

/// The message of a failed test.
fn reason<'a>(said: &'a str, name: &str) -> &'a str {
    let begins = said.find(&format!("---- {name} stdout ----")).unwrap_or(said.len());
    let rest = &said[begins..];
    rest.get(1..).and_then(|after| after.find("\n---- ")).map_or(rest, |end| &rest[..=end])
}

/// Runs the tests for an engine that creates an instance for each request.
fn check_fresh(engine: &str, server: &Server, left_out: Differences, differences: Differences) {
    check(engine, &outcomes(server, &[&SAME[..], &[FRESH]].concat(), left_out), differences);
}

/// Runs the tests for wasmtime when it reuses instances.
fn check_used_again(engine: &str, server: &Server, differences: Differences) {
    check(engine, &outcomes(server, &SAME, &RACES_IN_WASMTIME), differences);
}

fn check(engine: &str, outcomes: &BTreeMap<String, Outcome>, differences: Differences) {
    let named = |wanted: Outcome| -> BTreeSet<&str> {
        outcomes.iter().filter(|(_, outcome)| **outcome == wanted).map(|(name, _)| &**name).collect()
    };
    let (same, differ, own) = (named(Outcome::Same), named(Outcome::Differs), named(Outcome::OwnHost));
    println!("{engine}: {} tests the same, {} differ, {} of wasgi's own host", same.len(), differ.len(), own.len());
    for (name, why) in differences {
        println!("{engine}: {name}: {why}");
    }
    let expected: BTreeSet<_> = differences.iter().map(|(name, _)| *name).collect();
    assert_eq!(differ, expected, "{engine}");
    assert!(same.len() + differ.len() >= 50, "{engine}: only {} tests were run", same.len() + differ.len());
}

fn all_apps() -> (Project, std::path::PathBuf) {
    let project = Project::new(&[]);
    let component = project.path("every.wasm");
    let built = crate::harness::all_apps("build").arg("--output").arg(&component).output().expect("wasgi builds");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    (project, component)
}

#[test]
fn wasgi_serve() {
    let (_project, component) = all_apps();
    check_fresh("wasgi serve", &Server::serve(&component), &[], &[]);
}

#[test]
fn wasmtime_serve() {
    let (_project, component) = all_apps();
    check_fresh(
        "wasmtime serve",
        &Server::wasmtime(&component, &[]),
        &RACES_IN_WASMTIME,
        &[&WASMTIME[..], &[LETS_OUT]].concat(),
    );
}

#[test]
fn wasmtime_serve_that_uses_instances_again() {
    let (_project, component) = all_apps();
    let server = Server::wasmtime(&component, &["--max-instance-reuse-count", "1000000"]);
    check_used_again("wasmtime serve, instances used again", &server, &[&WASMTIME[..], &[RUN_ONCE]].concat());
}

#[test]
fn jco_serve() {
    let (_project, component) = all_apps();
    let server = Server::jco(&component, &[]);
    check("jco serve", &outcomes(&server, &SAME, &ENDS_JCO), &[&JCO[..], &[RUN_ONCE]].concat());
}

#[test]
fn jco_serve_with_an_instance_for_each_request() {
    let (_project, component) = all_apps();
    let server = Server::jco(&component, &["--isolate-requests", "instance"]);
    check_fresh("jco serve --isolate-requests instance", &server, &ENDS_JCO, &[&JCO[..], &[LETS_OUT]].concat());
}

#[test]
fn wasmcloud() {
    let (_project, component) = all_apps();
    let lattice = Lattice::start();
    let image = lattice.push(&component);
    let mut host = lattice.host();
    assert_eq!(host.start(&image, &serde_json::json!({})), "RUNNING");
    // Its hosts are built on wasmtime.
    check_fresh("wasmCloud", &host.server, &RACES_IN_WASMTIME, &[LETS_OUT]);
}
