//! A component's description of itself, and the cap inside it.

use crate::harness::{LIBRARY, Project, Server, wasgi};
use serde_json::Value;
use std::fs;
use std::path::Path;

const APP: &str = "
def app(environ, start_response):
    blocks = []
    try:
        while len(blocks) < 512:
            blocks.append(bytes(1 << 20))
    except MemoryError:
        pass
    count = len(blocks)
    del blocks
    start_response('200 OK', [])
    return [b'%d' % count]


def greedy(environ, start_response):
    return [bytes(100 << 20)]
";

fn inspect(component: &Path, options: &[&str]) -> String {
    let output = wasgi(&[&["inspect", component.to_str().unwrap()], options].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn inspect_json(component: &Path) -> Value {
    serde_json::from_str(&inspect(component, &["--json"])).unwrap()
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

#[test]
fn a_component_tells_what_it_is() {
    let project = Project::new(&[("app.py", APP), ("site/shop-1.5.dist-info/METADATA", "Name: shop\n")]);
    project.succeed(&["build", "app.py:app", "--site-packages", "site", "--memory", "64MiB", "-o", "built.wasm"]);
    let text = inspect(&project.path("built.wasm"), &[]);
    says(
        &text,
        &[
            concat!("app:app (function), Python ", env!("PYTHON_SERIES"), "."),
            "packages          shop 1.5",
            "64 MiB at most",
        ],
    );
    for owner in ["C stack", "interpreter: static data", "application: heap", "file image", "standard library"] {
        says(&text, &[owner]);
    }
    says(&text, &["current folder    /app", "descriptors       0, 1, 2\n", "files in /tmp     none"]);
    says(&text, &["wasi:http/incoming-handler@0.2.", "wasi:io/streams@0.2."]);
    assert!(!text.contains("collections.abc"), "modules are counted");
    says(&inspect(&project.path("built.wasm"), &["--modules"]), &["collections.abc", "wasgi_guest.gateway"]);
}

#[test]
fn pages_add_up() {
    let project = Project::new(&[("app.py", &format!("GREEDY = b'x' * (20 << 20)\n{APP}"))]);
    let told = inspect_json(&project.build("app.py:app"));
    let regions = told["pages"].as_array().unwrap();
    let sum = |field: &str| regions.iter().map(|region| region[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("pages") * 4096, told["memories"][0]["at_rest"].as_u64().unwrap());
    assert_eq!(told["memories"][0]["cap"], 128 << 20);
    let pages = |owner: &str| {
        let region = regions.iter().find(|region| region["owner"] == owner).unwrap();
        region["non_zero"].as_u64().unwrap()
    };
    assert!((5120..5700).contains(&pages("application: heap")), "{regions:?}");
    for owner in ["C stack", "interpreter: static data", "interpreter and gateway: heap", "file image"] {
        assert!(pages(owner) > 0, "{owner}");
    }
    assert_eq!(pages("heap, not yet used"), 0);
    let modules = &told["modules"];
    assert_eq!(modules["application"], serde_json::json!(["app"]));
    assert!(modules["standard library"].as_array().unwrap().contains(&"json".into()));
}

#[test]
fn files_are_listed_by_size() {
    let project =
        Project::new(&[("app.py", APP), ("static/large.bin", &"x".repeat(3 << 20)), ("static/small.bin", "x")]);
    let text = inspect(&project.build("app.py:app"), &["--files"]);
    let (folders, files) = text.split_once("\nFiles\n").expect("two lists");
    let row = |list: &str, path: &str| {
        let mut rows =
            list.lines().map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect());
        rows.find(|cells: &Vec<&str>| cells[0] == path).unwrap_or_else(|| panic!("{path} is missing: {list}")).join("|")
    };
    assert_eq!(row(folders, "/app/static/"), "/app/static/|2|3.0 MiB|3.0 MiB");
    assert_eq!(row(files, "/app/static/large.bin"), "/app/static/large.bin|3 MiB|3 MiB");
    assert_eq!(row(files, "/app/static/small.bin"), "/app/static/small.bin|1 B|1 B");
    let first = files.lines().nth(1).expect("a file");
    assert!(first.contains("/app/static/large.bin"), "the largest comes first: {first}");
    says(folders, &["  /  ", &format!("/{LIBRARY}/"), &format!("/{LIBRARY}/json/")]);
    says(files, &[&format!("/{LIBRARY}/json/__init__.pyc"), "/wasgi/config.json"]);
}

#[test]
fn a_component_of_others_shows_what_it_can() {
    let project = Project::new(&[]);
    fs::write(project.path("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    says(&inspect(&project.path("empty.wasm"), &[]), &["that this wasgi did not build", "Imports", "Exports"]);
    let files = project.wasgi(&["inspect", "empty.wasm", "--files"]).output().unwrap();
    says(&String::from_utf8(files.stderr).unwrap(), &["empty.wasm has no file image: `wasgi build` writes one"]);
}

#[test]
fn what_is_no_component_is_told() {
    let project = Project::new(&[("app.py", APP)]);
    fs::write(project.path("core.wasm"), b"\0asm\x01\0\0\0").unwrap();
    fs::write(project.path("cut.wasm"), b"\0asm\x0d\0\x01\0\x01\x70").unwrap();
    for (file, reason) in [
        ("app.py", "is not a WebAssembly component"),
        ("core.wasm", "is a WebAssembly core module"),
        ("cut.wasm", "is damaged: build it again"),
        ("none.wasm", "cannot read none.wasm"),
    ] {
        let output = project.wasgi(&["inspect", file]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        says(&message, &["wasgi: error: ", reason]);
    }
}

#[test]
fn the_cap_in_the_file_holds_whatever_the_host_allows() {
    let project = Project::new(&[("app.py", APP)]);
    for app in ["app", "greedy"] {
        let component = format!("{app}.wasm");
        project.succeed(&["build", &format!("app.py:{app}"), "--memory", "48MiB", "--output", &component]);
        assert_eq!(inspect_json(&project.path(&component))["memories"][0]["cap"], 48 << 20);
    }
    let server = |component: &str| Server::start(project.wasgi(&["serve", component, "--memory", "256MiB"]));
    let caught: u64 = server("app.wasm").get("/").ok().parse().unwrap();
    assert!((10..48).contains(&caught), "{caught} MiB");
    assert_eq!(server("greedy.wasm").get("/").status, 500);
}

#[test]
fn too_small_a_cap_says_how_much_is_needed() {
    let project = Project::new(&[("app.py", &format!("print('once')\nGREEDY = bytes(64 << 20)\n{APP}"))]);
    for memory in ["1MiB", "14MiB", "48MiB"] {
        let message = project.refused(&["build", "app.py:app", "--memory", memory]);
        let needed = message.split_once("the application takes ").expect(&message).1.split(' ').next().unwrap();
        assert!((72.0..100.0).contains(&needed.parse::<f64>().unwrap()), "{message}");
        says(&message, &["MiB of memory before its first request", "raise it"]);
        assert!(message.matches("app | once").count() <= 1, "{message}");
    }
}

#[test]
fn memory_without_end_at_import_is_refused() {
    let project = Project::new(&[("app.py", "blocks = []\nwhile True:\n    blocks.append(bytes(1 << 24))\n")]);
    says(&project.refused(&["build", "app.py", "--memory", "64MiB"]), &["MemoryError", "--memory raises it"]);
}

#[test]
fn impossible_limits_are_refused() {
    for (option, value, reason) in [
        ("--memory", "1", "1 B is less than one page of WebAssembly memory"),
        ("--memory", "5GiB", "4GiB is the most"),
        ("--memory", "64MB", "none of the units"),
        ("--memory", "1.5GiB", "a whole number"),
        ("--timeout", "0", "no time at all"),
        ("--timeout", "3d", "none of the units"),
    ] {
        let output = wasgi(&["run", "hello.py", option, value]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        says(&message, &[option, reason]);
    }
}

#[test]
fn a_component_in_the_application_folder_does_not_go_into_the_next() {
    let project = Project::new(&[("app.py", APP)]);
    let size = || {
        project.succeed(&["build", "app.py:app"]);
        fs::metadata(project.path("app.wasm")).unwrap().len()
    };
    assert!(size().abs_diff(size()) < 1 << 16);
}
