//! Threads on one stack: which runs, in which order, and the error of a deadlock.

use crate::harness::{Project, Server};
use serde_json::{Value, json};

fn told(server: &Server, way: &str) -> Value {
    server.get(&format!("/threads/{way}")).json()
}

#[test]
fn a_thread_begins_when_something_waits_for_it() {
    let server = Server::all_apps();
    let (alive, ended) = ([true; 3], [false; 3]);
    assert_eq!(told(&server, "joined"), json!([[], alive, ["a", "b", "c"], ended, 1]));
    assert_eq!(told(&server, "polled"), "ended");
    assert_eq!(told(&server, "timers"), json!([["rung"], true]));
}

#[test]
fn each_thread_sees_its_own() {
    let unset = ["unset", "unset"];
    assert_eq!(told(&Server::all_apps(), "own"), json!([[unset, unset], "main", "main", 2]));
}

#[test]
fn pools_of_threads_work() {
    let server = Server::all_apps();
    assert_eq!(told(&server, "executor"), json!([[0, 1, 4, 9, 16], [1, 2], "ValueError", 3]));
    assert_eq!(told(&server, "initialized"), json!([[1, 1, 1], 1]));
    assert_eq!(told(&server, "thread-pool"), json!([[1, 2], 32, [3], ["0", "1", "2"]]));
}

#[test]
fn queues_are_worked_off() {
    let server = Server::all_apps();
    assert_eq!(told(&server, "workers"), json!([0, 1, 2, 3, 4, 5]));
    assert_eq!(told(&server, "sentinels"), json!(["a", "b"]));
    assert_eq!(told(&server, "listener"), json!(["one", "two"]));
}

#[test]
fn a_lock_that_another_thread_holds_is_not_had() {
    assert_eq!(told(&Server::all_apps(), "locks"), json!([false, false, [false]]));
}

#[test]
fn what_is_left_runs_when_the_client_has_its_answer() {
    let server = Server::all_apps_with(&["--cold"]);
    assert_eq!(told(&server, "after"), "started");
    server.wait_for("app | after the answer");
}

#[test]
fn an_error_in_a_thread_is_in_the_log() {
    let server = Server::all_apps_with(&["--cold"]);
    assert_eq!(told(&server, "failing"), "joined");
    server.wait_for("Exception in thread Thread-1 (int)");
    server.wait_for("ValueError: invalid literal for int() with base 10: 'of a thread'");
}

/// The client does not wait for the thread: the response arrives while the thread sleeps.
#[test]
fn no_client_waits_for_a_thread() {
    let app = "
import threading
import time


def linger():
    time.sleep(2)
    print('lingered')


def app(environ, start_response):
    threading.Thread(target=linger).start()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'answered']
";
    let project = Project::new(&[("app.py", app)]);
    let server = project.run(&["app.py", "--cold"]);
    assert_eq!(server.get("/").ok(), "answered");
    assert!(!server.log().contains("lingered"), "{}", server.log());
    server.wait_for("app | lingered");
}

#[test]
fn a_wait_for_nothing_is_an_error_that_names_it() {
    let server = Server::all_apps();
    for (way, wait, line) in [
        ("lock", "a lock or a queue", "lock.acquire()"),
        ("event", "threading.Event.wait()", "threading.Event().wait()"),
        ("queue", "queue.Queue.get()", "queue.Queue().get()"),
        ("simple-queue", "a lock or a queue", "queue.SimpleQueue().get()"),
        ("loop", "asyncio.runners.run()", "asyncio.run(main())"),
    ] {
        let reply = server.get(&format!("/deadlocks/{way}"));
        let told = reply.ok();
        assert!(told.starts_with("wasgi.Deadlock, a RuntimeError: True: the main thread waits in "), "{told}");
        assert!(told.contains(&format!("waits in {wait} (deadlocks.py:")), "{told}");
        assert!(told.contains(&format!(" {line}), and nothing is left that could end the wait")), "{told}");
    }
}

#[test]
fn a_thread_that_waits_for_the_code_below_it_says_so() {
    let server = Server::all_apps_with(&["--cold"]);
    let reply = server.get("/deadlocks/back-and-forth");
    assert!(
        reply.ok().contains("These ended where they waited: thread 'replier' of deadlocks.py:"),
        "{}",
        reply.text()
    );
    server.wait_for("Exception in thread replier:");
    server.wait_for("all threads of a sandbox share one stack. Start the thread when its input is there");
}

#[test]
fn every_wait_ends_at_the_deadline() {
    let server = Server::all_apps_with(&["--cold", "--timeout", "1s"]);
    for way in ["sleep", "wait", "coroutine"] {
        assert_eq!(server.get(&format!("/deadlocks/{way}")).status, 504, "{way}");
        server.wait_for("app | left by RequestEnded");
        let line = server.wait_for(&format!(" GET /deadlocks/{way} 504 "));
        assert!(line.ends_with(" deadline"), "{line}");
    }
}

const AT_IMPORT: &str = "
import queue
import threading

import wasgi

WORK = queue.Queue()


def loop():
    while True:
        print('worked at', WORK.get())
        WORK.task_done()


threading.Thread(target=loop, daemon=True).start()


def app(environ, start_response):
    WORK.put(environ['PATH_INFO'])
    if environ['PATH_INFO'] == '/waited':
        WORK.join()
        print('waited')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'answered']
";

#[test]
fn a_thread_of_the_import_serves_each_request() {
    let project = Project::new(&[("app.py", AT_IMPORT)]);
    let server = project.run(&["app.py", "--cold"]);
    let note = "note: app.py:16 threading.Thread(target=loop, daemon=True).start(): the thread is set aside: it runs";
    assert!(server.log().contains(note), "{}", server.log());
    for path in ["/waited", "/first", "/second"] {
        assert_eq!(server.get(path).ok(), "answered");
        server.wait_for(&format!("app | worked at {path}"));
    }
    let log = server.log();
    assert!(log.find("app | worked at /waited") < log.find("app | waited"), "{log}");
    assert!(!log.contains("Exception") && !log.contains("Deadlock"), "{log}");
}

#[test]
fn threads_of_the_import_may_be_kept_from_running_unasked() {
    let app = AT_IMPORT.replace("WORK = ", "wasgi.let_threads_wait(None)\nWORK = ");
    let server = Project::new(&[("app.py", &app)]).run(&["app.py", "--cold"]);
    assert_eq!(server.get("/first").ok(), "answered");
    assert_eq!(server.get("/waited").ok(), "answered");
    server.wait_for("app | waited");
    assert!(!server.log().contains("worked at /first"), "{}", server.log());
}
