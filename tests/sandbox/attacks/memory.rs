//! Reads and writes all linear memory from inside, without Python's checks.

use crate::harness::Server;
use std::collections::HashMap;

/// The number of instances that search for an earlier instance's secret.
const SEARCHES: usize = 100;
const MIB: u64 = 1 << 20;

/// The secret's first bytes and its digest, as a path.
fn keep_a_secret(server: &Server) -> String {
    let known: [String; 2] = serde_json::from_value(server.get("/peeking/keep").json()).expect("two texts");
    known.join("/")
}

fn search(server: &Server, path: &str) -> u64 {
    let reply = server.get(path);
    let seen = reply.json();
    let searched = seen["searched"].as_u64().expect("a number");
    assert!(reply.peak() - searched < MIB, "{searched} bytes are not all of {}", reply.peak());
    seen["found"].as_u64().expect("a number")
}

fn finds_nothing(reset: &str) {
    // A pool of one slot, so that every search runs in the secret's slot.
    let server = Server::all_apps_with(&["--concurrency", "1", "--reset", reset, "--expose-usage"]);
    let own = search(&server, "/peeking/find");
    assert!(own > 200, "whoever keeps the secret finds it: {own}");
    let known = keep_a_secret(&server);
    for _ in 0..SEARCHES {
        assert_eq!(search(&server, &format!("/peeking/search/{known}")), 0, "{reset}");
    }
    println!("{reset}: a secret found {own} times in its own sandbox, 0 times in the next {SEARCHES}");
}

#[test]
fn a_hundred_instances_find_no_secret_after_a_plain_reset() {
    finds_nothing("plain");
}

#[test]
fn a_hundred_instances_find_no_secret_after_a_reset_by_scanning() {
    finds_nothing("auto");
}

#[test]
fn variables_and_files_do_not_carry_a_secret_either() {
    let server = Server::all_apps();
    let known = keep_a_secret(&server);
    let seen: HashMap<String, serde_json::Value> =
        serde_json::from_value(server.get(&format!("/peeking/search/{known}")).json()).expect("an object");
    assert_eq!(seen["environ"], serde_json::json!({"HOME": "/tmp", "LOGNAME": "wasgi", "USER": "wasgi"}));
    assert_eq!(seen["files"], serde_json::json!([]));
}

#[test]
fn a_sandbox_that_overwrites_all_its_memory_harms_itself_alone() {
    for reset in ["plain", "auto"] {
        let server = Server::all_apps_with(&["--concurrency", "1", "--reset", reset, "--expose-usage"]);
        for _ in 0..3 {
            let reply = server.get("/peeking/destroy");
            assert_eq!((reply.status, reply.usage("outcome")), (500, "trap"));
            server.behaves();
        }
    }
}
