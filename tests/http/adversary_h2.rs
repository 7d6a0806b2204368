//! A hostile HTTP/2 client: it can make the server hold only limited memory, no permit is lost, and other clients are
//! served all the while.

use crate::harness::{Server, clients};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest response time of another client during an attack, on a shared machine.
const BOUND: Duration = Duration::from_secs(5);
/// Memory that may stay after an attack, in KiB: an allocator's arenas, and each slot's kept pages.
const CHANCE: usize = 48 << 10;
const PATIENCE: Duration = Duration::from_secs(30);
const WORKERS: usize = 8;

fn adversary(server: &Server, attack: &str, how: &[&str]) -> Command {
    let mut client = clients::python("h2_adversary.py");
    client.args([attack, &server.address().to_string()]).args(how);
    client
}

/// Opens two connections of forty streams each, with windows of this size; returns when all requests are sent.
fn narrow(server: &Server, window: &str, path: &str) -> Child {
    let mut client = adversary(server, "window", &[window, path]);
    let mut child = client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs");
    let mut said = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut said).expect("a line");
    assert_eq!(said, "asked\n");
    child
}

fn leave(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().expect("it is our child").success(), "see its traceback above");
}

/// Waits until the server's own memory, in KiB, is no more than this.
fn falls_to(server: &Server, private: usize) {
    let until = Instant::now() + PATIENCE;
    while server.footprint().private > private {
        assert!(Instant::now() < until, "{:?} instead of {private} KiB", server.footprint());
        server.behaves();
    }
}

/// Attacks beside a well-behaved client.
fn endure(server: &Server, attack: &str, how: &[&str]) {
    let (said, others) = server.beside(|| clients::output(adversary(server, attack, how)));
    println!("{attack} {how:?}: {} connections; others: {others}", said.trim());
    assert!(others.percentile(100) < BOUND, "{others}");
    server.all_permits_are_there(WORKERS);
}

fn small_server(more: &[&str]) -> Server {
    let options = ["--concurrency", &WORKERS.to_string(), "--memory", "48MiB", "--timeout", "5s"];
    Server::all_apps_with(&[&options, more].concat())
}

#[test]
fn answers_that_no_window_takes_are_given_up() {
    for window in ["0", "1"] {
        let server = Server::all_apps_with(&["--send-timeout", "3s"]);
        server.behaves();
        let before = server.footprint().private;
        let client = narrow(&server, window, "/page");
        let ((), others) = server.beside(|| {
            server.wait_for("is given up: its client takes too little of the answer (--send-timeout");
            falls_to(&server, before + CHANCE);
        });
        println!("window {window}: before {before} KiB, after {:?}; others: {others}", server.footprint());
        assert!(others.percentile(100) < BOUND, "{others}");
        // It is still there.
        leave(client);
        server.all_permits_are_there(WORKERS);
    }
}

#[test]
fn an_answer_whose_last_byte_no_window_takes_ends_its_connection() {
    let server = Server::all_apps_with(&["--send-timeout", "1s"]);
    let mut client = narrow(&server, "1", "/hello");
    let mut said = BufReader::new(client.stdout.take().expect("piped")).lines();
    for _ in 0..2 {
        assert_eq!(said.next().expect("a line").expect("text"), "closed");
    }
    leave(client);
}

#[test]
fn answers_beyond_what_may_wait_are_given_up_at_once() {
    let server = Server::all_apps_with(&["--send-timeout", "3600s", "--unsent", "4MiB"]);
    let client = narrow(&server, "0", "/page");
    // All but four.
    let until = Instant::now() + PATIENCE;
    while server.log().matches("is given up: its client takes too little").count() < 76 {
        assert!(Instant::now() < until, "they are held");
        server.behaves();
    }
    server.behaves();
    leave(client);
}

#[test]
fn resets_at_every_stage_keep_nobody_out() {
    let server = small_server(&["--queue", "64"]);
    for (stage, path) in [
        ("head", "/hello"),
        ("queued", "/stuck/sleep"),
        ("running", "/stuck/search"),
        ("running", "/stuck/sleep"),
        ("answering", "/closing/endless"),
        ("answering", "/farewell/later/compute"),
    ] {
        endure(&server, "resets", &[stage, path]);
    }
    server.wait_for("the client resets most of its requests: closing the connection");
}

#[test]
fn floods_end_their_connections_and_hinder_nobody() {
    let server = small_server(&[]);
    server.behaves();
    let before = server.footprint().private;
    server.forget_peak();
    for kind in ["ping", "settings", "reset", "continuation", "empty data"] {
        endure(&server, "flood", &[kind]);
    }
    falls_to(&server, before + CHANCE);
    println!("floods: before {before} KiB, after {:?}", server.footprint());
}
