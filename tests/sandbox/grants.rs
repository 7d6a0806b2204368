//! A sandbox gets only the grants on the command line.

use crate::harness::{Project, Server, all_apps, refused, wasgi};
use serde_json::json;

#[test]
fn variables_that_are_named_are_seen_and_no_others() {
    let project = Project::new(&[("settings", "# a comment\n\nFROM_FILE=in=file\n")]);
    let settings = project.path("settings");
    let mut command = all_apps("run");
    command
        .args(["--env", "GIVEN=here", "--env", "INHERITED"])
        .arg("--env-file")
        .arg(settings)
        .env("INHERITED", "from outside")
        .env("UNNAMED", "not for the guest");
    let seen = Server::start(command).get("/looking").json();
    assert_eq!(seen["variables"], json!({"FROM_FILE": "in=file", "GIVEN": "here", "INHERITED": "from outside"}));
}

#[test]
fn a_variable_that_is_not_set_is_told() {
    let message = refused(wasgi(&["run", "hello.py", "--bind", "127.0.0.1:0", "--env", "WASGI_TESTS_NOT_SET"]));
    assert!(message.contains("--env WASGI_TESTS_NOT_SET: set it, or write"), "{message}");
}

#[test]
fn a_built_component_holds_no_variable_of_its_builder() {
    let project = Project::new(&[("app.py", "import os\nSEEN = dict(os.environ)\n\n\ndef app(environ, start): ...\n")]);
    let mut command = project.wasgi(&["build", "app.py"]);
    command.env("WASGI_TESTS_SECRET", "must-not-be-built-in");
    assert!(command.status().unwrap().success());
    let component = std::fs::read(project.path("app.wasm")).unwrap();
    let secret = b"must-not-be-built-in";
    assert!(!component.windows(secret.len()).any(|window| window == secret));
}
