//! `wasgi check`: its lines, its JSON and its exit code.

use crate::harness::Project;
use serde_json::Value;

/// Keeps to PEP 3333, and prints.
const SOUND: &str = "
def app(environ, start_response):
    print('asked for', environ['PATH_INFO'])
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [environ['QUERY_STRING'].encode()]
";

/// Does not, each path in its way.
const BROKEN: &str = "
import secrets

TOKEN = secrets.token_hex()


def app(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/raises':
        return 1 / 0
    if path == '/hungry':
        return [b'x' * (1 << 30)]
    if path == '/stuck':
        while True:
            pass
    start_response('200 OK', [])
    return [TOKEN.encode()]
";

/// Runs `wasgi check`; returns its exit code, its output, and what it says beside that.
fn check(project: &Project, args: &[&str]) -> (Option<i32>, String, String) {
    let done = project.wasgi(&[&["check"], args].concat()).output().expect("the command");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (done.status.code(), text(done.stdout), text(done.stderr))
}

fn lines<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(word)).map(str::trim_start).collect()
}

#[test]
fn a_sound_application_is_said_to_be_so() {
    let project = Project::new(&[("app.py", SOUND)]);
    let (code, said, beside) = check(&project, &["app.py", "--request", "/shop?id=7"]);
    assert_eq!(code, Some(0), "{said}{beside}");
    assert_eq!(lines(&said, "wrong"), [""; 0], "{said}");
    let fine = lines(&said, "ok");
    for start in ["import: app:app (function", "GET /: 200", "HEAD /: 200", "GET /?name=%C3%A9&empty=&name=two: 200"] {
        assert!(fine.iter().any(|line| line.starts_with(start)), "{start}: {said}");
    }
    for start in ["GET /shop?id=7: 200", "HEAD /shop?id=7: 200", "size: ", "memory: "] {
        assert!(fine.iter().any(|line| line.starts_with(start)), "{start}: {said}");
    }
    assert!(said.contains(" ms in a warm server, "), "{said}");
    assert!(beside.contains("app | asked for /shop"), "its own lines are no part of the result: {beside}");
    let (code, said, _) = check(&project, &["app.py", "--quiet"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn each_fault_has_a_line_with_its_cure() {
    let project = Project::new(&[("app.py", BROKEN)]);
    let paths = ["--request", "/raises", "--request", "/hungry", "--request", "/stuck", "--timeout", "500ms"];
    let (code, said, beside) = check(&project, &[&["app.py"], &paths[..]].concat());
    assert_eq!(code, Some(1), "{said}{beside}");
    let wrong = lines(&said, "wrong");
    for (start, cure) in [
        ("snapshot: app.py:4 TOKEN = secrets.token_hex()", "draw it in the request"),
        ("snapshot: app.py:4 TOKEN", "--allow-import-entropy app"),
        ("GET /: PEP 3333: No Content-Type header found in headers ([]) (app.py:16)", "add (\"Content-Type\""),
        ("GET /raises: the application raises ZeroDivisionError: division by zero (app.py:10)", "traceback follows"),
        ("GET /hungry: takes more memory than 128 MiB", "--memory allows"),
        ("GET /stuck: comes to no end within 500ms", "--timeout allows"),
    ] {
        assert!(wrong.iter().any(|line| line.starts_with(start) && line.contains(cure)), "{start}, {cure}: {said}");
    }
    assert!(said.contains("       ZeroDivisionError: division by zero\n"), "{said}");
    assert_eq!(beside.matches("wasgi: error: ").count(), 1, "{beside}");
    let (code, said, _) = check(&project, &["app.py", "--allow-import-entropy", "app", "--quiet"]);
    assert_eq!((code, lines(&said, "wrong").len(), said.lines().count()), (Some(1), 1, 1), "{said}");
}

#[test]
fn an_import_that_fails_names_all_that_is_missing() {
    let project = Project::new(&[("app.py", "import nowhere\nimport neither\n")]);
    let (code, said, _) = check(&project, &["app.py"]);
    assert_eq!(code, Some(1), "{said}");
    let wrong = lines(&said, "wrong");
    assert_eq!(wrong.len(), 2, "{said}");
    for (line, name) in wrong.iter().zip(["nowhere", "neither"]) {
        assert!(line.starts_with("import: ") && line.contains(&format!("no module named '{name}'")), "{line}");
        assert!(line.contains("Install the distribution"), "{line}");
    }
    project.write("app.py", "import os\nX = os.nothing\n");
    let (_, said, _) = check(&project, &["app.py"]);
    assert!(said.contains("failed while it was imported: AttributeError"), "{said}");
    assert!(lines(&said, "wrong")[0].ends_with("(app.py:2)."), "{said}");
    let (code, said, _) = check(&project, &["nothing.py"]);
    assert!(code == Some(1) && said.starts_with("wrong  build: nothing.py does not exist"), "{said}");
}

#[test]
fn json_is_for_programs() {
    let project = Project::new(&[("app.py", SOUND)]);
    let (code, said, _) = check(&project, &["app.py", "--json"]);
    let report: Value = serde_json::from_str(&said).expect("nothing but JSON on standard output");
    assert_eq!((code, &report["ok"]), (Some(0), &Value::Bool(true)), "{said}");
    let measured = &report["measured"][0];
    assert_eq!((&measured["target"], &measured["status"]), (&"/".into(), &200.into()));
    let memory = measured["memory"].as_u64().unwrap();
    assert!(measured["milliseconds"].as_f64().unwrap() > 0.0 && memory >= report["at_rest"].as_u64().unwrap());
    assert!(report["cap"].as_u64().unwrap() == 128 << 20 && report["component"].as_u64().unwrap() > 1 << 20);
    project.write("app.py", BROKEN);
    let (code, said, _) = check(&project, &["app.py", "--json", "--request", "/raises"]);
    let report: Value = serde_json::from_str(&said).expect("nothing but JSON");
    assert_eq!((code, &report["ok"]), (Some(1), &Value::Bool(false)), "{said}");
    let found = report["findings"].as_array().unwrap();
    let raised = found.iter().find(|found| found["check"] == "GET /raises").unwrap();
    assert!(raised["result"] == "wrong" && raised["detail"].as_str().unwrap().contains("in app"), "{raised}");
}

#[test]
fn settings_are_those_of_a_file_too() {
    let settings = "app = 'app.py'\nmemory = '64MiB'\n[check]\nrequest = ['/more']\n";
    let project = Project::new(&[("app.py", SOUND), ("wasgi.toml", settings)]);
    let (code, said, beside) = check(&project, &[]);
    assert_eq!(code, Some(0), "{said}{beside}");
    assert!(said.contains("GET /more: 200") && said.contains(" of 64 MiB\n"), "{said}");
}
