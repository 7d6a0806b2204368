//! The memory cap, the deadline and the stack limit end a request, but not the server.

use crate::harness::Server;
use std::thread;

#[test]
fn memory_beyond_the_cap_is_refused() {
    let server = Server::all_apps();
    for kind in ["block", "blocks", "objects", "text"] {
        let reply = server.get(&format!("/hog/{kind}"));
        assert_eq!(reply.status, 500, "{kind}");
        let line = server.wait_for(&format!(" GET /hog/{kind} 500 "));
        assert!(line.contains(" reached (asked for "), "{line}");
        assert_eq!(server.get("/hello").status, 200, "the server lives on after {kind}");
    }
}

#[test]
fn an_application_can_catch_memory_error() {
    let server = Server::all_apps();
    assert_eq!(server.get("/hog/caught").ok(), "caught MemoryError");
    assert!(server.wait_for(" GET /hog/caught 200 ").contains(" reached (asked for "));
}

#[test]
fn the_cap_is_the_one_asked_for() {
    let server = Server::all_apps_with(&["--memory", "48MiB"]);
    server.wait_for("memory cap 48 MiB");
    assert_eq!(server.get("/hog/blocks").status, 500);
    let line = server.wait_for(" GET /hog/blocks 500 ");
    let peak: f64 = line.split(" ms ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((40.0..=48.0).contains(&peak), "{line}");
}

#[test]
fn hogs_do_not_hinder_others() {
    let server = Server::all_apps();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(server.get("/hog/blocks").status, 500));
            scope.spawn(|| assert_eq!(server.get("/hello").status, 200));
        }
    });
}

#[test]
fn what_takes_too_long_is_ended() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    for kind in ["loop", "search", "sum", "power", "copy", "sleep"] {
        let reply = server.get(&format!("/stuck/{kind}"));
        assert_eq!((reply.status, reply.text()), (504, "The application took too long.\n"), "{kind}");
        server.wait_for(&format!("GET /stuck/{kind} stopped at its deadline"));
    }
}

#[test]
fn what_takes_too_long_after_its_first_block_is_cut_off() {
    let server = Server::all_apps_with(&["--timeout", "1s"]);
    let mut client = server.connect();
    client.get("/stuck/later");
    client.head();
    assert_eq!(client.chunk(), "so far so good");
    assert_eq!(client.rest(), "");
    assert!(server.wait_for(" GET /stuck/later 200 ").contains(" deadline"));
}

#[test]
fn a_busy_request_does_not_hinder_others() {
    let server = Server::all_apps_with(&["--timeout", "10s"]);
    let mut busy: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for client in &mut busy {
        client.get("/stuck/later");
        client.head();
        assert_eq!(client.chunk(), "so far so good");
    }
    // All four are in their endless loops by now, perhaps more than this machine has cores.
    for _ in 0..10 {
        assert_eq!(server.get("/hello").status, 200);
    }
    assert!(!server.log().contains("its deadline"), "the others were answered while the busy ones ran");
}

#[test]
fn more_requests_than_sandboxes_wait_for_their_turn() {
    let server = Server::all_apps_with(&["--concurrency", "1"]);
    let mut first = server.connect();
    first.post_chunked("/talk");
    first.head();
    thread::scope(|scope| {
        let second = scope.spawn(|| server.get("/hello").status);
        first.send_chunk("");
        assert_eq!(second.join().unwrap(), 200);
    });
}

#[test]
fn deep_recursion_is_an_error_of_python() {
    let server = Server::all_apps();
    for kind in ["call", "attribute", "repr", "compare", "nested_repr", "dumps", "loads"] {
        assert_eq!(server.get(&format!("/deep/{kind}")).ok(), "RecursionError", "{kind}");
    }
    for kind in ["regex", "source", "unary"] {
        let reply = server.get(&format!("/deep/{kind}"));
        assert!(reply.ok().ends_with("Error"), "{kind}: {}", reply.text());
    }
    assert_eq!(server.get("/deep/free").ok(), "no error");
}

#[test]
fn uncaught_recursion_is_a_500() {
    let server = Server::all_apps();
    assert_eq!(server.get("/deep/uncaught").status, 500);
    server.wait_for("RecursionError: maximum recursion depth exceeded");
}
