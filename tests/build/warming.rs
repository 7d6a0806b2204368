//! Which applications the warm-up probe accepts, and which it rejects.

use crate::harness::Project;

/// Imports in its first request, and reports on another path whether it has.
const LAZY: &str = "\
import sys

def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['PATH_INFO'] == '/told':
        return [repr('colorsys' in sys.modules).encode()]
    print('asked')
    import colorsys
    return [b'the same for all']
";

#[test]
fn what_the_first_request_imports_is_in_the_snapshot() {
    let project = Project::new(&[("app.py", LAZY)]);
    let server = project.run(&["app.py"]);
    assert_eq!(server.get("/told").ok(), "True");
    let log = server.log();
    assert!(log.contains("wasgi: warmed up with GET /") && !log.contains("asked"), "{log}");
    let server = project.run(&["app.py", "--cold"]);
    assert_eq!(server.get("/told").ok(), "False");
    assert!(!server.log().contains("warmed up"), "{}", server.log());
}

/// Cannot be warmed up, and imports two modules in its first request: one that only defines things, one that draws.
const COLD: &str = "\
import sys

SEEN = []

def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['PATH_INFO'] == '/told':
        return [repr(sorted({'colorsys', 'drawn'} & set(sys.modules))).encode()]
    SEEN.append(1)
    import colorsys, drawn
    return [drawn.TOKEN.encode()]
";

#[test]
fn a_cold_applications_first_request_finds_its_modules_imported_and_draws_for_itself() {
    let project = Project::new(&[("app.py", COLD), ("drawn.py", "import secrets\nTOKEN = secrets.token_hex()\n")]);
    let server = project.run(&["app.py"]);
    assert_eq!(server.get("/told").ok(), "['colorsys']");
    assert_ne!(server.get("/").ok(), server.get("/").ok());
    let log = server.log();
    assert!(log.contains("wasgi: not warmed up: GET / draws random numbers (drawn.py:2"), "{log}");
    assert!(log.contains("wasgi: imported beforehand the "), "{log}");
}

const WARNING: &str = "\
import warnings

def app(environ, start_response):
    warnings.warn('this view is old')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
";

#[test]
fn a_warning_of_a_view_is_shown_once_also_where_the_build_is_found_again() {
    let project = Project::new(&[("app.py", WARNING)]);
    for _ in 0..2 {
        let server = project.run(&["app.py"]);
        assert_eq!((server.get("/").ok(), server.get("/").ok()), ("ok", "ok"));
        let log = server.log();
        assert!(log.contains("wasgi: note: app.py:4 UserWarning: this view is old (GET /, the first request"), "{log}");
        assert_eq!(log.matches("this view is old").count(), 1, "{log}");
    }
}

/// Actions of a request, and the probe's objections to them.
const OBJECTIONS: &[(&str, &str)] = &[
    ("state['seen'] += 1", "GET / changes app.state['seen'] each time"),
    ("body = str(len(vars(sys))).encode(); sys.more = 1", "GET / is answered differently the next time"),
    ("state['key'] = state['key'] or secrets.token_hex()", "GET / draws random numbers (app.py:8 state['key'] ="),
    ("state['key'] = state['key'] or os.environ.get('KEY', '-')", "GET / reads a variable that is not set (app.py:8"),
    ("raise ValueError('no database')", "GET / is answered with 500"),
    ("body = b'x' * (1 << 31)", "GET / is answered with 500"),
    ("open('/tmp/left', 'w').close()", "GET / leaves files in /tmp"),
    ("while True: pass", "GET / comes to no end"),
    ("time.sleep(3600)", "GET / comes to no end"),
];

/// An application whose requests run that code.
fn doing(code: &str) -> String {
    format!(
        "import os, secrets, sys, time\n\nstate = {{'seen': 0, 'key': ''}}\n\n\n\
         def app(environ, start_response):\n    body = b'ok'\n    {code}\n    \
         start_response('200 OK', [('Content-Type', 'text/plain')])\n    return [body]\n"
    )
}

fn built(app: &str) -> String {
    Project::new(&[("app.py", app)]).succeed(&["build", "app.py"])
}

#[test]
fn what_a_request_leaves_behind_speaks_against_it() {
    for (code, why) in OBJECTIONS {
        let said = built(&doing(code));
        assert!(said.contains(&format!("wasgi: not warmed up: {why}")), "{code}: {said}");
    }
    let said = built(&(doing("pass") + "import wasgi\nwasgi.after_restore(lambda: os.environ['KEY'])\n"));
    assert!(
        said.contains("not warmed up: GET / is answered with 500") && said.contains("    KeyError: 'KEY'"),
        "{said}"
    );
}

/// For example a token in a form.
#[test]
fn what_every_request_asks_for_anew_does_not() {
    let said = built(&doing("secrets.token_hex(); os.environ.get('KEY')"));
    assert!(said.contains("wasgi: warmed up with GET /"), "{said}");
}
