//! No bytes of a request are left for the next while the kernel moves or swaps out the pages that they write to.
//!
//! Stirring needs root; without it, the same requests run on a kernel at rest.

use crate::harness::{Connection, Over, Server, Stirrer};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

/// The number of times that memory is stirred.
const PASSES: usize = 12;
/// The least number of requests that keep a secret in a pass.
const REQUESTS: usize = 50;

/// One sandbox at a time, so that each request runs in the same slot.
fn server() -> Server {
    Server::run_with("keeping/app.py", &["--concurrency", "1"])
}

/// A unique secret of 64 characters.
fn secret(number: usize) -> String {
    format!("{:016x}", (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4)
}

/// The number of earlier secrets that a request found.
fn found(server: &Server, path: &str) -> usize {
    server.get(path).json().as_object().expect("secrets, each with its pages").len()
}

/// Keeps secrets, one request after the other, until `over`; returns the number of requests, and the number of those,
/// including ones that only search, that found a secret.
fn keep_and_look(server: &Server, over: impl Fn(usize) -> bool) -> [usize; 2] {
    let (mut asked, mut saw) = (0, 0);
    while !over(asked) {
        for path in [format!("/keep/{}", secret(asked)), "/look".to_owned()] {
            saw += usize::from(found(server, &path) > 0);
        }
        asked += 1;
    }
    [2 * asked, saw]
}

#[test]
fn a_secret_stays_with_its_request_while_pages_are_moved() {
    let server = server();
    let mut stirrer = Stirrer::start("compaction");
    let (mut asked, mut saw) = (0, 0);
    for _ in 0..PASSES {
        // Gives the slot new pages, in an area that compaction moves.
        server.get("/renew");
        if let Some(stirrer) = &mut stirrer {
            stirrer.ask("free");
        }
        let before = keep_and_look(&server, |asked| asked == 3);
        let over = AtomicBool::new(stirrer.is_none());
        let meanwhile = thread::scope(|scope| {
            let asking = scope.spawn(|| keep_and_look(&server, |asked| over.load(Relaxed) && asked >= REQUESTS));
            let end = Over(&over);
            if let Some(stirrer) = &mut stirrer {
                stirrer.count("compact");
            }
            drop(end);
            asking.join().expect("every answer was right")
        });
        asked += before[0] + meanwhile[0];
        saw += before[1] + meanwhile[1];
    }
    println!("{asked} requests, {saw} of them saw a secret that was not theirs");
    assert_eq!(saw, 0, "of {asked} requests");
}

/// Starts a request that keeps a secret and waits.
fn hold(server: &Server, number: usize) -> Connection {
    let mut client = server.connect();
    client.post_chunked(&format!("/hold/{}", secret(number)));
    client.head();
    assert_eq!(client.chunk(), "{}", "a secret was there before");
    client
}

#[test]
fn a_secret_stays_with_its_request_though_it_was_swapped_out() {
    let server = server();
    // Started after the server, so that the server's findings at its start no longer hold.
    let mut stirrer = Stirrer::start("swap");
    for number in 0..PASSES {
        let mut client = hold(&server, number);
        if let Some(stirrer) = &mut stirrer {
            let out = stirrer.count(&format!("out {}", server.pid()));
            assert!(out >= 100, "the secret's pages at least: {out}");
        }
        client.send_chunk("");
        assert_eq!(client.chunk(), "");
        assert_eq!(found(&server, "/look"), 0);
    }
}
