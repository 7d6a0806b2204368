//! Each kind of work stops soon after its deadline, and does not delay its neighbours.

use crate::harness::Server;
use std::thread;
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(1);
/// Endless work: in Python, in C (mostly one single call), in a sleep.
const KINDS: [&str; 13] = [
    "loop",
    "search",
    "sum",
    "power",
    "copy",
    "digits",
    "number",
    "query",
    "inflate",
    "digest",
    "finalizer",
    "select",
    "sleep",
];

/// The time from the deadline to the response.
fn overshoot(server: &Server, kind: &str) -> Duration {
    let began = Instant::now();
    let reply = server.get(&format!("/stuck/{kind}"));
    let took = began.elapsed();
    assert_eq!((reply.status, reply.text()), (504, "The application took too long.\n"), "{kind}");
    took.saturating_sub(TIMEOUT)
}

#[test]
fn work_of_every_kind_is_stopped() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    // Two at a time, because the smallest machines have two cores.
    for pair in KINDS.chunks(2) {
        thread::scope(|scope| {
            for kind in pair {
                let server = &server;
                scope.spawn(move || println!("| {kind} | {:.0?} |", overshoot(server, kind)));
            }
        });
    }
}

#[test]
fn neighbours_do_not_wait_for_it() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    let ((), alone) = server.beside(|| ());
    for kind in ["loop", "search", "copy"] {
        let (overshoot, during) = server.beside(|| overshoot(&server, kind));
        println!("beside {kind} (stopped {overshoot:.0?} late): {during}; {:.1} times as long", during.ratio(&alone));
        assert!(during.percentile(50) < TIMEOUT / 2, "{kind}: {during}");
    }
}

#[test]
fn waiting_for_the_client_is_stopped_too() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    let mut client = server.connect();
    let began = Instant::now();
    client.post_chunked("/reading");
    assert!(client.head().starts_with("http/1.1 504 "));
    println!("| a body that does not come | {:.0?} |", began.elapsed().saturating_sub(TIMEOUT));
    server.behaves();
}

/// Read from outside: most of these call nothing, and could not say so themselves.
#[test]
fn the_log_names_the_line_of_the_application() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    let source = include_str!("../apps/stuck.py");
    let line = |text: &str| source.lines().position(|line| line.trim_start().starts_with(text)).expect(text) + 1;
    let [head, body] = ["while True:", "pass"].map(line);
    for (kind, places) in [
        ("loop", vec![head, body]),
        ("search", vec![line("re.match(")]),
        ("sleep", vec![line("time.sleep(")]),
        ("query", vec![line("sqlite3.connect(")]),
    ] {
        assert_eq!(server.get(&format!("/stuck/{kind}")).status, 504, "{kind}");
        let told = server.wait_for(&format!("wasgi: GET /stuck/{kind} stopped at its deadline (--timeout)"));
        let is_so = |line: &usize| told.ends_with(&format!(" at /app/stuck.py:{line} in _{kind}"));
        assert!(places.iter().any(is_so), "{told}");
    }
}
