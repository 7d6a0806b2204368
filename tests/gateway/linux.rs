//! Modules, names and calls of CPython on Linux: all exist, and each refusal is an error that programs expect.

use crate::harness::{Project, Server};
use serde_json::{Value, json};
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/apps/linux");

fn server() -> Server {
    Server::run("linux/app.py")
}

/// The output of a file beside the app on the machine's own Python.
fn natively(file: &str) -> Value {
    let mut python = Command::new("python3");
    let done = python.arg(file).current_dir(FOLDER).env_remove("TZ").output().expect("python3");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[test]
fn every_name_of_linux_is_there() {
    let missing = server().get("/names").json();
    let missing = missing.as_object().expect("by module");
    assert_eq!(missing.len(), std::fs::read_dir(format!("{FOLDER}/names")).unwrap().count());
    for (module, names) in missing {
        assert_eq!(names, &json!([]), "{module}");
    }
}

const REFUSED: &[(&str, &str)] = &[
    ("connect", "ConnectionRefusedError ConnectionError OSError, ECONNREFUSED, sandbox"),
    ("connect to a name", "gaierror OSError, 4, sandbox"),
    ("connect by a path", "ConnectionRefusedError ConnectionError OSError, ECONNREFUSED, sandbox"),
    ("send a datagram", "OSError, ENETUNREACH, sandbox"),
    ("bind", "PermissionError OSError, EACCES, sandbox"),
    ("look up", "gaierror OSError, 4, sandbox"),
    ("look up an address", "herror OSError, 1, sandbox"),
    ("mail", "ConnectionRefusedError ConnectionError OSError, ECONNREFUSED, sandbox"),
    ("fetch", "ConnectionRefusedError ConnectionError OSError, ECONNREFUSED, sandbox"),
    ("system", "OSError, ENOSYS, sandbox"),
    ("fork", "OSError, ENOSYS, sandbox"),
    ("spawn", "OSError, ENOSYS, sandbox"),
    ("execute", "OSError, ENOSYS, sandbox"),
    ("wait", "ChildProcessError OSError, ECHILD, sandbox"),
    ("pipe", "OSError, ENOSYS, sandbox"),
    ("start a process", "OSError, ENOSYS, sandbox"),
    ("queue", "OSError, ENOSYS, sandbox"),
    ("share memory", "OSError, ENOSYS, sandbox"),
    ("alarm", "OSError, ENOSYS, sandbox"),
    ("timer", "itimer_error OSError, ENOSYS, sandbox"),
    ("pause", "OSError, ENOSYS, sandbox"),
    ("pseudo terminal", "OSError, None, out of pty devices"),
    ("attributes", "OSError, ENOTSUP, sandbox"),
    ("raise a limit", "PermissionError OSError, EPERM, sandbox"),
    ("affinity", "PermissionError OSError, EPERM, sandbox"),
    ("set the clock", "PermissionError OSError, EPERM, sandbox"),
];

#[test]
fn what_cannot_work_raises_what_programs_are_prepared_for() {
    let told = server().get("/calls").json();
    for (call, outcome) in REFUSED {
        assert_eq!(told[call], *outcome, "{call}");
    }
}

#[test]
fn what_has_an_answer_gives_it() {
    let told = server().get("/calls").json();
    let subprocess = "OSError, ENOTSUP, [Errno 58] wasi does not support processes.";
    let expected = json!({
        "run": subprocess,
        "run in a shell": subprocess,
        "terminal": "error, 59, sandbox",
        "names": ["localhost", "localhost", "localhost", "localhost"],
        "here": ["127.0.0.1", "127.0.0.1"],
        "addresses": [
            [["SOCK_STREAM", ["127.0.0.1", 80]], ["SOCK_DGRAM", ["127.0.0.1", 80]]],
            [["SOCK_STREAM", ["::1", 80, 0, 0]]],
        ],
        "service": [443, 6, []],
        "unconnected": true,
        "pair": [[], true, true, true, "to and", " fro", ""],
        "locks": [true, true, true],
        "signals": [[10], 0, 62, true],
        "mask": [2, 15],
        "waits": [true, true],
        "limits": [[128 << 20, 128 << 20], [0, 0]],
        "files": 1024,
        "used": true,
        "turns": [1, true, 0],
        "status": [1, true, 9, 2],
        "device": [259, 70000],
        "vectors": [7, 6, "ne two"],
        "log": null,
        "random": 7,
        "platform": ["wasi", "posix"],
    });
    for (name, answer) in expected.as_object().expect("by name") {
        assert_eq!(&told[name], answer, "{name}");
    }
}

#[test]
fn maps_of_memory_and_files_are_as_natively() {
    assert_eq!(server().get("/maps").json(), natively("maps.py"));
}

#[test]
fn closed_descriptors_and_odd_arguments_are_answered_as_natively() {
    assert_eq!(server().get("/descriptors").json(), natively("descriptors.py"));
}

#[test]
fn epoll_tells_what_is_ready_as_natively() {
    assert_eq!(server().get("/waiting").json(), natively("waiting.py"));
}

#[test]
fn local_time_follows_tz_as_natively() {
    let (native, told) = (natively("zones.py"), server().get("/zones").json());
    for (zone, times) in native.as_object().expect("by zone") {
        assert_eq!(&told[zone], times, "{zone}");
    }
}

const CLOCK: &str = "import time\ndef app(environ, start_response):\n    start_response('200 OK', [])\n    \
    shown = time.strftime('%H:%M %Z', time.localtime(1719835200))\n    \
    return [f'{shown} {time.tzname} {time.timezone}'.encode()]\n";

#[test]
fn a_zone_can_be_granted() {
    let project = Project::new(&[("app.py", CLOCK)]);
    let built = project.build("app.py");
    assert_eq!(Server::serve(&built).get("/").ok(), "12:00 UTC ('UTC', 'UTC') 0");
    let granted = project.wasgi(&["serve", "built.wasm", "--env", "TZ=Europe/Berlin"]);
    assert_eq!(Server::start(granted).get("/").ok(), "14:00 CEST ('CET', 'CEST') -3600");
}
