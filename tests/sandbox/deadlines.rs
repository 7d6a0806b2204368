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
