//! `wasgi run --open`: the browser that BROWSER names is shown the address, and none is no failure.

use crate::harness::{BUILD_PATIENCE, Process, Project, Server, wait_until};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Writes down what it is to show.
const BROWSER: &str = "#!/bin/sh\nprintf %s \"$1\" > shown.new && mv shown.new shown\n";

/// In a folder of its own, with that browser and no other.
fn opening(project: &Project, browser: &str, args: &[&str]) -> Command {
    project.write(
        "app.py",
        "def app(environ, start_response):\n    start_response('204 No Content', [])\n    return []\n",
    );
    project.write("browser", BROWSER);
    std::fs::set_permissions(project.path("browser"), PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = project.wasgi(&[&["run", "app.py", "--open"], args].concat());
    command.env("BROWSER", browser).env("PATH", "/nonexistent");
    for desktop in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP"] {
        command.env_remove(desktop);
    }
    command
}

#[test]
fn the_browser_is_shown_the_address() {
    let project = Project::new(&[]);
    let browser = project.path("browser").display().to_string();
    let mut command = opening(&project, &browser, &["--script-name", "/shop"]);
    command.env("PATH", "/usr/bin:/bin");
    let server = Server::start(command);
    let shown = project.path("shown");
    wait_until("the browser was started", || shown.exists());
    assert_eq!(std::fs::read_to_string(shown).unwrap(), server.url("/shop/"));
}

#[test]
fn without_a_browser_it_says_so_and_serves() {
    let project = Project::new(&[]);
    let server = Server::start(opening(&project, "", &[]));
    server.wait_for("wasgi: --open: there is no browser: set BROWSER, or open http://127.0.0.1:");
    assert_eq!(server.get("/").status, 204);
}

#[test]
fn a_unix_socket_is_nothing_for_a_browser() {
    let project = Project::new(&[]);
    let socket = format!("unix:{}", project.path("app.sock").display());
    let server = Process::start(opening(&project, "", &["--bind", &socket]));
    server.wait_for("wasgi: --open: a browser connects by TCP alone", BUILD_PATIENCE);
}
