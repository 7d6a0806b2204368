//! Every request has a sandbox of its own: it sees nothing of other requests or of this machine.

use crate::harness::{Server, all_apps};
use std::thread;

#[test]
fn no_request_finds_what_another_left() {
    let server = Server::all_apps();
    for number in 0..50 {
        let path = format!("/remembering/{number}");
        assert_eq!(server.get(&path).ok(), path);
    }
}

#[test]
fn nor_over_many_connections_at_once() {
    let server = Server::all_apps();
    thread::scope(|scope| {
        for connection in 0..8 {
            let mut client = server.connect();
            scope.spawn(move || {
                for number in 0..50 {
                    let path = format!("/remembering/{connection}{:02}", number);
                    client.get(&path);
                    client.head();
                    assert_eq!(client.body(path.len()), path);
                }
            });
        }
    });
}

#[test]
fn damage_does_not_outlive_its_request() {
    let server = Server::all_apps();
    for _ in 0..5 {
        assert_eq!(server.get("/vandal").ok(), "none");
    }
}

#[test]
fn random_and_time_are_fresh() {
    let server = Server::all_apps();
    for kind in ["random", "secrets", "uuid4", "time", "tempfile"] {
        let path = format!("/fresh/{kind}");
        assert_ne!(server.get(&path).ok(), server.get(&path).ok(), "{kind} came twice");
    }
}

#[test]
fn this_machine_is_out_of_sight() {
    let mut command = all_apps("run");
    command.env("WASGI_TESTS_SECRET", "must not be seen");
    let reply = Server::start(command).get("/looking");
    assert!(!reply.text().contains("must not be seen"));
    let seen = reply.json();
    assert_eq!(seen["variables"], serde_json::json!({}));
    assert_eq!(seen["folder"], "/app");
    assert_eq!(seen["root"], serde_json::json!(["app", "lib", "tmp", "wasgi"]));
    assert_eq!(seen["passwd"], "OSError: FileNotFoundError");
    assert_eq!(seen["outside"], "OSError: FileNotFoundError");
}

#[test]
fn nothing_can_be_changed_started_or_reached() {
    let server = Server::all_apps();
    let seen = server.get("/looking").json();
    let places = seen["write"].as_object().unwrap();
    assert_eq!(places.len(), 6);
    for (place, outcome) in places.iter().map(|(place, outcome)| (place, outcome.as_str().unwrap())) {
        assert!(outcome.starts_with("OSError"), "{place}: {outcome}");
    }
    for action in ["remove", "rename", "make folder", "connect", "start"] {
        let outcome = seen[action].as_str().unwrap();
        assert!(!outcome.starts_with("no error"), "{action}: {outcome}");
    }
    assert_eq!(server.get("/files/source").status, 200);
}

#[test]
fn a_file_in_tmp_is_gone_with_its_request() {
    let server = Server::all_apps();
    for _ in 0..5 {
        let seen = server.get("/scratch").json();
        assert_eq!(seen["before"], serde_json::json!([]));
        assert_eq!(seen["read back"], 70000);
        assert_eq!(seen["after"].as_array().unwrap().len(), 2);
    }
}
