//! `wasgi build` and `wasgi serve`: one standard component that holds everything.

use crate::harness::{Project, SITE, Server};
use std::collections::BTreeSet;
use std::fs;
use wasmparser::{Validator, WasmFeatures};
use wit_component::DecodedWasm;

const APP: &str = "
import json

print('printed at import')


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps({'path': environ['PATH_INFO']}).encode()]
";

#[test]
fn a_built_component_is_served() {
    let project = Project::new(&[("app.py", APP)]);
    let server = Server::serve(&project.build("app.py"));
    assert_eq!(server.get("/some/where").ok(), r#"{"path": "/some/where"}"#);
    assert!(!server.log().contains("printed at import"), "nothing is imported any more");
}

#[test]
fn building_says_what_was_found_and_written() {
    let project = Project::new(&[("app.py", APP)]);
    let said = project.succeed(&["build", "app.py", "--output", "site.wasm"]);
    assert!(said.contains("app | printed at import"), "{said}");
    assert!(said.contains("app:app (function, found by looking)"), "{said}");
    assert!(said.contains("wrote site.wasm (") && said.contains("Serve it: wasgi serve site.wasm"), "{said}");
}

#[test]
fn a_component_needs_only_what_every_http_host_has() {
    let project = Project::new(&[("app.py", APP)]);
    let (imports, exports) = interfaces(&fs::read(project.build("app.py")).unwrap());
    assert_eq!(beyond_http_hosts(&imports), [""; 0]);
    assert!(imports.iter().any(|import| import.starts_with("wasi:http/types@0.2.")), "{imports:?}");
    let [export] = &exports[..] else { panic!("one export: {exports:?}") };
    assert!(export.starts_with("wasi:http/incoming-handler@0.2."), "{export}");
}

#[test]
fn a_component_for_directories_says_what_it_needs_beyond_that() {
    let project = Project::new(&[("app.py", APP)]);
    let said = project.succeed(&["build", "app.py", "--filesystem", "--output", "built.wasm"]);
    assert!(said.contains("it imports wasi:filesystem, which is beyond the world of wasi:http/proxy"), "{said}");
    let (imports, _) = interfaces(&fs::read(project.path("built.wasm")).unwrap());
    let beyond = beyond_http_hosts(&imports);
    let packages: BTreeSet<_> = beyond.iter().filter_map(|import| import.split('/').next()).collect();
    assert_eq!(packages, BTreeSet::from(["wasi:filesystem"]), "{beyond:?}");
}

/// The imports beyond `wasi:http/proxy@0.2` and `wasi:cli/environment`.
fn beyond_http_hosts(imports: &[String]) -> Vec<&str> {
    let is_known = |import: &&String| {
        let (name, version) = import.split_once('@').expect("a version");
        let package = name.split('/').next().unwrap();
        version.starts_with("0.2.")
            && ["wasi:io", "wasi:clocks", "wasi:random", "wasi:cli", "wasi:http"].contains(&package)
    };
    imports.iter().filter(|import| !is_known(import)).map(|import| &**import).collect()
}

#[test]
fn hosts_of_wasi_0_2_take_it() {
    let project = Project::new(&[("app.py", APP)]);
    let component = fs::read(project.build("app.py")).unwrap();
    // Only WebAssembly 2.0 and the component model of WASI 0.2: no threads, no async, no exceptions.
    let features = WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL;
    Validator::new_with_features(features).validate_all(&component).expect("a component for every host of WASI 0.2");
    let wit = project.wasgi(&["inspect", "--wit", "built.wasm"]).output().unwrap();
    let wit = String::from_utf8(wit.stdout).unwrap();
    let world = wit.split_once("world root {").and_then(|(_, rest)| rest.split_once('}')).expect("a world").0;
    let (imports, exports) = interfaces(&component);
    let lines: Vec<_> = world.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let imports = imports.iter().map(|name| format!("import {name};"));
    let expected: Vec<_> = imports.chain(exports.iter().map(|name| format!("export {name};"))).collect();
    assert_eq!(lines, expected);
    assert!(wit.contains("package wasi:http@0.2."), "the packages are there, too");
}

/// The names of the interfaces that a component imports and exports.
fn interfaces(component: &[u8]) -> (Vec<String>, Vec<String>) {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component).unwrap() else {
        panic!("not a component")
    };
    let world = &resolve.worlds[world];
    let names = |keys: &mut dyn Iterator<Item = _>| keys.map(|key| resolve.name_world_key(key)).collect();
    (names(&mut world.imports.keys()), names(&mut world.exports.keys()))
}

#[test]
fn a_component_says_what_is_in_it() {
    let site = format!(".venv/{SITE}/shop-1.5.dist-info");
    let project = Project::new(&[
        ("app.py", APP),
        (&format!("{site}/METADATA"), "Metadata-Version: 2.4\nName: Shop\nVersion: 1.5\nLicense-Expression: MIT-0\n\n"),
    ]);
    let options = ["--name", "storefront", "--app-version", "2.1", "--memory", "64MiB"];
    let component = fs::read(project.build_with("app.py", &options)).unwrap();
    // `wasm-tools metadata show` reads it in the same way.
    let wasm_metadata::Payload::Component { metadata, .. } = wasm_metadata::Payload::from_binary(&component).unwrap()
    else {
        panic!("not a component")
    };
    let text = |field: Option<&dyn std::fmt::Display>| field.expect("it is there").to_string();
    assert_eq!(metadata.name.as_deref(), Some("storefront"));
    assert_eq!(text(metadata.version.as_ref().map(|it| it as _)), "2.1");
    assert_eq!(text(metadata.description.as_ref().map(|it| it as _)), "WSGI application app:app, memory cap 64 MiB");
    let licences = text(metadata.licenses.as_ref().map(|it| it as _));
    assert!(licences.contains("PSF-2.0") && licences.contains("MIT-0"), "{licences}");
    assert!(text(metadata.revision.as_ref().map(|it| it as _)).starts_with("sha256:"));
    let producers = metadata.producers.expect("producers");
    let python = producers.get("language").and_then(|them| them.get("Python").cloned());
    assert!(python.is_some_and(|version| version.starts_with(env!("PYTHON_SERIES"))));
    assert!(producers.get("processed-by").is_some_and(|them| them.get("wasgi").is_some()));
    let bill = project.wasgi(&["inspect", "--sbom", "built.wasm"]).output().unwrap();
    let bill: serde_json::Value = serde_json::from_slice(&bill.stdout).expect("JSON on standard output");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    assert_eq!(bill["metadata"]["component"]["name"], "storefront");
    let parts = bill["components"].as_array().unwrap();
    for name in
        ["CPython", "OpenSSL", "SQLite", "wasi-libc", "tzdata", "markupsafe", "wasgi-guest", "Zstandard", "Shop"]
    {
        assert!(parts.iter().any(|part| part["name"] == name), "{name}: {parts:?}");
    }
}

#[test]
fn name_and_version_come_from_the_project_file() {
    let project = Project::new(&[
        ("app.py", APP),
        ("pyproject.toml", "[project]\nname = 'corner-shop'\nversion = '4.2.1'\ndependencies = ['flask']\n"),
    ]);
    let identity = |options: &[&str]| {
        let component = fs::read(project.build_with("app.py", options)).unwrap();
        let payload = wasm_metadata::Payload::from_binary(&component).unwrap();
        let metadata = payload.metadata();
        (metadata.name.clone().unwrap(), metadata.version.as_ref().unwrap().to_string())
    };
    assert_eq!(identity(&[]), ("corner-shop".to_owned(), "4.2.1".to_owned()));
    assert_eq!(identity(&["--app-version", "5"]), ("corner-shop".to_owned(), "5".to_owned()));
}

#[test]
fn a_component_holds_the_application_and_the_standard_library() {
    let project = Project::new(&[
        (
            "site/app.py",
            "def app(environ, start_response):\n    import page, colorsys\n    return page.show(start_response)\n",
        ),
        ("site/page.py", "def show(start):\n    start('200 OK', [])\n    return open('/app/page.html', 'rb')\n"),
        ("site/page.html", "<p>from the component</p>"),
    ]);
    let component = project.build("site/app.py");
    fs::remove_dir_all(project.path("site")).unwrap();
    assert_eq!(Server::serve(&component).get("/").ok(), "<p>from the component</p>");
}

#[test]
fn the_command_needs_nothing_beside_it_and_does_not_pack_itself() {
    let lists = APP.replace("environ['PATH_INFO']", "__import__('glob').glob('[!_]*', root_dir='/app')");
    let project = Project::new(&[("app.py", &lists)]);
    let alone = project.path("wasgi");
    fs::copy(env!("CARGO_BIN_EXE_wasgi"), &alone).unwrap();
    let mut command = std::process::Command::new(&alone);
    command.args(["run", "app.py"]).current_dir(project.path("."));
    assert_eq!(Server::start(command).get("/").ok(), r#"{"path": ["app.py"]}"#);
}

#[test]
fn an_unchanged_application_is_not_built_again() {
    let project = Project::new(&[("app.py", APP)]);
    project.run(&["app.py"]);
    let again = project.run(&["app.py"]);
    assert!(again.log().contains("unchanged since the last build"));
    assert_eq!(again.get("/").ok(), r#"{"path": "/"}"#);
}

#[test]
fn a_changed_application_is_built_anew_while_it_is_served() {
    let project = Project::new(&[("app.py", APP)]);
    let server = project.run(&["app.py"]);
    assert_eq!(server.get("/").ok(), r#"{"path": "/"}"#);
    project.write("app.py", &APP.replace("PATH_INFO", "REQUEST_METHOD"));
    server.wait_for("serving the changed files now");
    assert_eq!(server.get("/").ok(), r#"{"path": "GET"}"#);
}

#[test]
fn a_change_that_does_not_work_leaves_the_old_application_in_use() {
    let project = Project::new(&[("app.py", APP)]);
    let server = project.run(&["app.py"]);
    project.write("app.py", "def app(:\n");
    server.wait_for("SyntaxError: ");
    server.wait_for("still serving the previous build");
    assert_eq!(server.get("/").ok(), r#"{"path": "/"}"#);
}
