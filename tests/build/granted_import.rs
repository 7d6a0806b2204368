//! Granted directories during an application's import and warm-up.

use crate::harness::{Project, Server};
use std::fs;

const APP: &str = include_str!("../apps/granted/reads_data.py");

fn project(app: &str) -> Project {
    Project::new(&[("app/app.py", app), ("data/text", "from the host")])
}

#[test]
fn import_and_warm_up_see_what_is_granted() {
    let project = project(APP);
    let server = project.run(&["app/app.py", "--dir", "data:/data:ro"]);
    assert_eq!((server.get("/").ok(), server.get("/told").ok()), ("from the host", "['text'] True"));
    server.wait_for("wasgi: warmed up with GET /");
    // The content may differ at the next start.
    fs::write(project.path("data/more"), "").unwrap();
    assert_eq!(project.run(&["app/app.py", "--dir", "data:/data:ro"]).get("/told").ok(), "['more', 'text'] True");
    project.succeed(&["build", "app/app.py", "--filesystem", "--build-dir", "data:/data"]);
    let component = project.path("app.wasm").display().to_string();
    project.succeed(&["compile", &component]);
    fs::write(project.path("data/last"), "").unwrap();
    let server = Server::start(project.wasgi(&["serve", &component, "--dir", "data:/data"]));
    assert_eq!(server.get("/told").ok(), "['more', 'text'] True");
    for file in ["app.wasm", "app.cwasm"] {
        let server = Server::start(project.wasgi(&["serve", file, "--import-at-start", "--dir", "data:/data"]));
        assert_eq!(server.get("/told").ok(), "['last', 'more', 'text'] True", "{file}");
    }
}

#[test]
fn a_warm_up_that_writes_is_asked_for_once_and_only_by_name() {
    let project = project(&APP.replace("\"/write\"", "\"/\""));
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    server.wait_for("wasgi: not warmed up: GET / changes a granted directory");
    assert!(!project.path("data/written").exists());
    drop(server);
    let server = project.run(&["app/app.py", "--dir", "data:/data", "--warm", "/"]);
    assert_eq!(server.get("/told").ok(), "['text'] True");
    assert_eq!(fs::read_to_string(project.path("data/written")).unwrap(), "x");
}

#[test]
fn a_warm_up_that_fails_says_why() {
    let project = project(&APP.replace("import colorsys\n\n", "raise ValueError('no reason')\n"));
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    server.wait_for("wasgi: not warmed up: GET / is answered with 500 (--warm PATH does it anyway)");
    server.wait_for("    ValueError: no reason");
}

#[test]
fn what_is_missing_at_import_names_the_ways_to_grant_it() {
    for app in ["import os\nos.makedirs('/data/store')\n", "TEXT = open('/data/store/text').read()\n"] {
        let project = project(app);
        let message = project.refused(&["build", "app/app.py"]);
        for way in ["wasgi run --dir HOST:/data", "--build-dir HOST:/data", "--import-at-start --dir HOST:/data"] {
            assert!(message.contains(way), "{message}");
        }
        let message = project.refused(&["build", "app/app.py", "--build-dir", "nowhere:/data"]);
        assert!(message.contains("--build-dir nowhere: "), "{message}");
    }
    let project = project("import os\nos.makedirs('/data/store')\n\n\ndef app(environ, start): ...\n");
    let message = project.refused(&["run", "app/app.py", "--dir", "data:/data:ro"]);
    assert!(message.contains("failed while it was imported") && !project.path("data/store").exists(), "{message}");
}
