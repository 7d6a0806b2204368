//! Modules, names and calls that CPython has on Linux: all are there, and each refusal is one that programs are prepared for.

use crate::harness::{Project, Server};
use serde_json::{Value, json};
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/apps/linux");

fn server() -> Server {
    Server::run("linux/app.py")
}

/// What a file beside the app prints on the machine's own Python.
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
    ("epoll", "OSError, ENOSYS, sandbox"),
    ("pseudo terminal", "OSError, ENOSYS, sandbox"),
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
