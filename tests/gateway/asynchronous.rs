//! asyncio, and packages that run coroutines or threads of their own.

use crate::harness::{Server, wasgi};
use serde_json::json;
use std::path::Path;

#[test]
fn event_loops_run() {
    let server = Server::all_apps();
    let told = |way: &str| server.get(&format!("/coroutines/{way}")).json();
    assert_eq!(told("sleep"), json!([1, 2]));
    assert_eq!(told("structured"), json!(["put", "timed out"]));
    assert_eq!(told("threads"), json!([[0, 1, 4], true, "own loop"]));
    assert_eq!(told("signalled"), json!(["caught", "caught", true]));
}

#[test]
fn what_a_loop_has_no_means_for_is_refused_as_elsewhere() {
    let refused = ["OSError", "OSError", "ConnectionRefusedError", "PermissionError"];
    assert_eq!(Server::all_apps().get("/coroutines/refused").json(), json!(refused));
}

/// An application on a framework; `./just requirements` installs its packages.
fn framework(app: &str) -> Server {
    framework_with(app, &[])
}

/// The same with options of `wasgi run`.
pub fn framework_with(app: &str, options: &[&str]) -> Server {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/asynchronous");
    let environment = folder.join(".venv");
    assert!(environment.is_dir(), "{environment:?} is not there: run `./just requirements` (`./just test` does)");
    let mut command = wasgi(&[&["run", app], options].concat());
    command.current_dir(folder.join("apps")).env("VIRTUAL_ENV", environment);
    Server::start(command)
}

#[test]
fn packages_run_coroutines_and_threads() {
    let server = framework("awaiting.py");
    assert_eq!(server.get("/view").ok(), "awaited");
    assert_eq!(server.get("/sensitive").json(), json!(["MainThread", true]));
    let nested = server.get("/nested").json();
    assert_eq!(nested[1], "MainThread", "{nested}");
    assert_eq!(server.get("/anyio").json(), json!([true, 32, "MainThread"]));
    assert_eq!(server.get("/httpx").json(), json!(["asgi", "mock", "wsgi"]));
}

#[test]
fn packages_with_threads_of_their_own_serve() {
    let server = framework("telemetry.py");
    let notes = server.log().matches(": the thread is set aside: it runs when").count();
    assert!(notes >= 2, "{}", server.log());
    assert_eq!(server.get("/jobs").json(), json!(["hourly"]));
    assert_eq!(server.get("/sentry").ok(), "captured");
    server.wait_for("app | sent told");
    assert_eq!(server.get("/spans").ok(), "flushed");
    server.wait_for("app | span made");
    let log = server.log();
    assert!(!log.contains("Traceback") && !log.contains("app | ran a job"), "{log}");
}

#[test]
fn django_awaits_views_and_middleware() {
    let server = framework("django_views.py");
    for (path, text) in [("view", "awaited"), ("plain", "called"), ("stream", "one two")] {
        let reply = server.get(&format!("/{path}"));
        assert_eq!(reply.ok(), text);
        assert_eq!(reply.header("x-middleware"), Some("awaited"), "{path}");
    }
}
