//! Two thousand requests, of which a third misbehave: the others succeed, and the server returns to its earlier state.

use crate::harness::{Connection, Footprint, Server};
use crate::sandbox::attacks::quick;
use std::thread;

const WORKERS: usize = 8;
/// Growth that is allowed, in KiB: an allocator's arenas, and the pages that each slot keeps (at most 1 MiB,
/// `host/src/memory/slots.rs`). Less than one leaked sandbox of a hog.
const CHANCE: usize = (4 + WORKERS) << 10;
const REQUESTS: usize = 250;

/// Misbehaving requests beside the quick attacks, with their required statuses; 0 for a response that is cut off.
const CULPRITS: [(&str, u16); 28] = [
    ("/hog/block", 500),
    ("/hog/text", 500),
    ("/hog/recursion", 500),
    ("/hog/response", 500),
    ("/hog/caught", 200),
    ("/hog/then_abort", 500),
    ("/leaving/exit", 500),
    ("/leaving/_exit", 500),
    ("/leaving/abort", 500),
    ("/leaving/interrupt", 500),
    ("/raising/call", 500),
    ("/raising/first", 500),
    ("/raising/text", 500),
    ("/raising/second", 0),
    ("/raising/short", 0),
    ("/deep/uncaught", 500),
    ("/vandal", 200),
    ("/endless/no_headers", 500),
    ("/endless/many_headers", 500),
    ("/endless/endless_headers", 500),
    ("/endless/long_header", 500),
    ("/endless/split_header", 500),
    ("/endless/blocks", 0),
    ("/endless/write", 0),
    ("/endless/more_than_announced", 200),
    ("/attacking/uncounted/next_of_maps", 500),
    ("/attacking/nesting/repr_list", 200),
    ("/attacking/nesting/free_lists", 200),
];
/// Requests that only their deadline ends, inserted in turn at regular intervals.
const ENDLESS: [&str; 3] = ["/stuck/sleep", "/stuck/search", "/endless/prints"];
const ENDLESS_EACH: usize = 400;

fn misbehave(server: &Server, culprits: &[(String, u16)], number: usize) {
    let (path, status) = &culprits[number % culprits.len()];
    match server.try_request(http::Request::get(server.url(path)).body(()).unwrap()) {
        Ok(reply) => assert_eq!(reply.status, *status, "{path}"),
        Err(error) => assert_eq!(*status, 0, "{path}: {error}"),
    }
}

fn last_for_ever(server: &Server, number: usize) {
    let path = ENDLESS[number / ENDLESS_EACH % ENDLESS.len()];
    assert_eq!(server.get(path).status, 504, "{path}");
}

/// Sends a request with an endless response, and disconnects.
fn leave(server: &Server) {
    let mut client: Connection = server.connect();
    client.get("/closing/endless");
    client.head();
    client.close();
}

fn behave(server: &Server, number: usize) {
    if number.is_multiple_of(2) {
        let path = format!("/remembering/{number}");
        assert_eq!(server.get(&path).ok(), path);
    } else {
        let body = format!("request {number}");
        assert!(server.post("/echo", body.as_bytes()).ok().contains(&body));
    }
}

fn storm(server: &Server, culprits: &[(String, u16)]) {
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || {
                for number in (worker..).step_by(WORKERS).take(REQUESTS) {
                    match number % 6 {
                        _ if number % ENDLESS_EACH == ENDLESS_EACH / 2 => last_for_ever(server, number),
                        0 => misbehave(server, culprits, number / 6),
                        3 if number % 18 == 3 => leave(server),
                        3 => misbehave(server, culprits, number / 3),
                        _ => behave(server, number),
                    }
                }
            });
        }
    });
}

/// The server's footprint after the storm, when the last endless requests have been stopped.
fn at_rest(server: &Server) -> Footprint {
    server.all_permits_are_there(WORKERS);
    let footprints = (0..100).map(|_| {
        assert_eq!(server.get("/hello").status, 200);
        server.footprint()
    });
    footprints.min_by_key(|footprint| footprint.private).expect("some")
}

#[test]
fn a_storm_leaves_nothing_behind() {
    // Builds first, so that the storm does not include the build.
    drop(Server::all_apps());
    // As many slots as workers: with more, the number of used ones, and so of kept pages, would depend on chance.
    let options =
        &["--concurrency", &WORKERS.to_string(), "--memory", "48MiB", "--timeout", "2s", "--response", "1MiB"];
    let server = Server::all_apps_with(options);
    let culprits: Vec<_> =
        CULPRITS.map(|(path, status)| (path.to_owned(), status)).into_iter().chain(quick()).collect();
    // Each culprit gets its turn.
    assert!(culprits.len() < WORKERS * REQUESTS / 6);
    // The first two storms fill what the server keeps on purpose: pool slots, buffers, connections.
    storm(&server, &culprits);
    storm(&server, &culprits);
    let before = at_rest(&server);
    storm(&server, &culprits);
    let after = at_rest(&server);
    println!("{} ways to misbehave", culprits.len() + ENDLESS.len());
    println!("before the storm {before:?}, after it {after:?}");
    let allowed = (before.private / 10).max(CHANCE);
    assert!(after.private <= before.private + allowed, "before {before:?}, after {after:?}");
    assert!(after.descriptors <= before.descriptors + 2 * WORKERS, "before {before:?}, after {after:?}");
}
