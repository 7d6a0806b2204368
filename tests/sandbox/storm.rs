//! Two thousand requests of which a third misbehave: the others are answered right, and the server is as before.

use crate::harness::{Connection, Footprint, Server};
use crate::sandbox::attacks::quick;
use std::thread;

const WORKERS: usize = 8;
/// What may grow by chance, in KiB: an allocator's arenas, and what each slot keeps of the requests that it happened to
/// get (at most 1 MiB, `host/src/memory/slots.rs`). Less than one hog's sandbox that stayed.
const CHANCE: usize = (4 + WORKERS) << 10;
const REQUESTS: usize = 250;

/// Ways to misbehave beside the quick attacks, and the status that each must get; 0 for an answer that is cut off.
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
/// The ways that only the deadline ends, one after the other in every so many requests.
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

/// Asks for something without end and goes away.
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

/// What the server takes when nothing is left of the storm: the last of those without end are stopped some time after
/// it.
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
    // The build is not part of it.
    drop(Server::all_apps());
    // As many slots as workers: how many of more would have been used, and keep what they keep, was chance.
    let options =
        &["--concurrency", &WORKERS.to_string(), "--memory", "48MiB", "--timeout", "2s", "--response", "1MiB"];
    let server = Server::all_apps_with(options);
    let culprits: Vec<_> =
        CULPRITS.map(|(path, status)| (path.to_owned(), status)).into_iter().chain(quick()).collect();
    // Every one of them has its turn.
    assert!(culprits.len() < WORKERS * REQUESTS / 6);
    // The first two fill what is kept on purpose: pool slots, buffers, connections.
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
