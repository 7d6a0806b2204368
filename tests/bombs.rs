//! Memory bombs under several caps, with neighbours that must not notice.

use crate::harness::{Reply, Server};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

const BOMBS: [&str; 8] = ["block", "blocks", "objects", "text", "dictionary", "recursion", "bomb", "response"];
const MIB: u64 = 1 << 20;
/// Python raises RecursionError after about this many of the recursion's blocks of 1 MiB.
const DEEPEST: u64 = 1000;

/// The peak of linear memory, in bytes, and whether the cap was reached, as the host measured them.
fn usage(reply: &Reply) -> (u64, bool) {
    let header = reply.header("wasgi-usage").expect("--expose-usage");
    let peak = header.split_once("memory=").and_then(|(_, rest)| rest.split(',').next()).expect("a peak");
    (peak.parse().expect("a number"), header.contains("cap-reached=?1"))
}

fn explode(server: &Server, cap: u64) {
    for bomb in BOMBS {
        let reply = server.get(&format!("/hog/{bomb}"));
        let (peak, reached) = usage(&reply);
        println!("cap {} MiB, {bomb}: status {}, peak {:.1} MiB", cap / MIB, reply.status, peak as f64 / MIB as f64);
        assert_eq!((reply.status, reply.text()), (500, "The request reached its memory cap.\n"), "{bomb}");
        assert!(reached && peak <= cap, "{bomb}: {peak} of {cap}");
        let line = server.wait_for(&format!(" GET /hog/{bomb} 500 "));
        assert!(line.contains(" reached (asked for "), "{line}");
        server.wait_for(&format!("GET /hog/{bomb}: MemoryError at /app/hog.py:"));
    }
}

fn under_a_cap_of(mib: u64) {
    let cap = mib * MIB;
    assert!(cap < DEEPEST * MIB);
    let server = Server::all_apps_with(&["--memory", &format!("{mib}MiB"), "--expose-usage"]);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let neighbours: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut answered = 0;
                    while !over.load(Relaxed) || answered < 25 {
                        assert_eq!(server.get("/hello").status, 200);
                        answered += 1;
                    }
                    answered
                })
            })
            .collect();
        explode(&server, cap);
        over.store(true, Relaxed);
        let answered: u32 = neighbours.into_iter().map(|neighbour| neighbour.join().unwrap()).sum();
        println!("cap {mib} MiB: {answered} requests of neighbours meanwhile, all answered");
    });
}

#[test]
fn under_32_mib() {
    under_a_cap_of(32);
}

#[test]
fn under_64_mib() {
    under_a_cap_of(64);
}

#[test]
fn under_256_mib() {
    under_a_cap_of(256);
}
