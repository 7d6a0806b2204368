//! Hashes, of passwords and other data, equal those of a native Python.

use crate::harness::{Project, Server, clients};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

#[test]
fn every_digest_is_the_one_of_a_native_python() {
    let mut native = Command::new("python3");
    native.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/apps/digests.py"));
    let native: Value = serde_json::from_str(&clients::output(native)).expect("JSON");
    let seen = Server::all_apps().get("/digests").json();
    assert!(native.as_object().expect("digests by name").len() >= 14, "{native}");
    for (name, digests) in native.as_object().unwrap() {
        assert_eq!(&seen[name], digests, "{name}");
    }
}

/// Test vectors of RFC 7914, sections 11 and 12, and RFC 6070.
const KNOWN: [&str; 7] = [
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
     49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
     a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
    "4b007901b765489abead49d926f721d065a429c1",
    "56fa6aa75548099dcc37d7f03425e0c3",
    "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
     fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
     2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
     d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
];

#[test]
fn pbkdf2_and_scrypt_give_what_their_standards_say() {
    assert_eq!(Server::all_apps().get("/digests/vectors").json(), json!(KNOWN));
}

fn passwords(options: &[&str]) -> (Project, Server) {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/flask_app/.venv");
    assert!(packages.is_dir(), "Flask is not installed: run `./just requirements` (`./just test` does)");
    let project = Project::new(&[("app.py", include_str!("../apps/passwords/app.py"))]);
    let mut command = project.wasgi(&[&["run", "app.py"], options].concat());
    command.env("VIRTUAL_ENV", packages);
    (project, Server::start(command))
}

#[test]
fn passwords_are_hashed_as_werkzeug_does_by_default() {
    let (_project, server) = passwords(&[]);
    for (method, begins) in [("", "scrypt:32768:8:1$"), ("pbkdf2", "pbkdf2:sha256:1000000$")] {
        let seen = server.get(&format!("/?{method}")).json();
        assert_eq!((&seen[1], &seen[2]), (&json!(true), &json!(false)), "{seen}");
        assert!(seen[0].as_str().unwrap().starts_with(begins), "{seen}");
    }
}

/// scrypt needs a block of 32 MiB beside the application's memory.
#[test]
fn a_password_that_needs_more_memory_than_there_is_says_so() {
    let (_project, server) = passwords(&["--memory", "48MiB"]);
    assert_eq!(server.get("/?").status, 500);
    println!("{}", server.log());
    server.wait_for("asked for");
}
