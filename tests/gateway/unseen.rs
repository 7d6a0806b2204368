//! Objects that run code when inspected: a build inspects all objects after the import without running their code.

use crate::harness::{Project, Server, refused, wasgi};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Checks that the build loaded no lazy object, and that each one loads in the request.
fn check(server: &Server, mode: &str) {
    for _ in 0..2 {
        let told = server.get("/seen").json();
        assert_eq!(told, json!({"seen": [], "mode": [mode, mode, mode]}));
    }
}

#[test]
fn nothing_is_looked_at_before_a_request() {
    for (options, is_warmed_unasked) in [(&[][..], true), (&["--cold"], false), (&["--warm", "/"], false)] {
        let server = Server::run_with("unseen/app.py", &[options, &["--env", "MODE=production"]].concat());
        check(&server, "production");
        let log = server.log();
        assert_eq!(log.contains("wasgi: warmed up with GET /"), is_warmed_unasked, "{log}");
        assert!(!log.contains("warm-up request"), "{log}");
    }
}

#[test]
fn nor_in_a_component() {
    let folder = tempfile::tempdir().unwrap();
    let component = folder.path().join("built.wasm");
    for options in [&[][..], &["--cold"]] {
        let output =
            wasgi(&["build", "unseen/app.py", "-o", component.to_str().unwrap()]).args(options).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for mode in ["first", "second"] {
            let setting = format!("MODE={mode}");
            let command = ["serve", component.to_str().unwrap(), "--env", &setting];
            check(&Server::start(wasgi(&command)), mode);
        }
    }
}

#[test]
fn nor_by_the_message_of_a_build_that_fails() {
    let without = include_str!("../apps/unseen/app.py").replace("def app(", "def _app(");
    let project = Project::new(&[("app.py", &without), ("traps.py", include_str!("../apps/unseen/traps.py"))]);
    for (target, expected) in [
        ("app.py", "app.py has "),
        ("app.py:gone", "app.py has no 'gone'"),
        ("app.py:settings.gone", "app.py has no 'settings.gone'"),
        ("app.py:settings", "app.py:settings is not a WSGI application: an object of type app.Settings"),
    ] {
        let message = refused(project.wasgi(&["build", target]));
        assert!(message.contains(expected) && !message.contains("Looked"), "{target}: {message}");
    }
}

/// The packages' folder of a virtual environment.
fn packages(environment: &str) -> PathBuf {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(environment).join("lib");
    let mut versions = std::fs::read_dir(library).expect("run `./just requirements` (`./just test` does)");
    versions.next().expect("one Python").unwrap().path().join("site-packages")
}

/// Answers `/mode` with the result of `get` in the request.
fn lazy(import: &str, mode: &str) -> String {
    format!(
        "import os\nimport weakref\n{import}\n\n\ndef read():\n    return os.environ.get('MODE', 'unset')\n\n\n\
         MODE = {mode}\nHELD = {{'mode': [MODE]}}\nread.mode = MODE\nGONE = weakref.proxy(type('Gone', (), {{}})())\n\n\n\
         def app(environ, start_response):\n    start_response('200 OK', [('Content-Type', 'text/plain')])\n    \
         return [str(MODE).encode() if environ['PATH_INFO'] == '/mode' else b'hello']\n"
    )
}

/// The lazy objects of frameworks themselves.
#[test]
fn lazy_objects_of_packages_are_evaluated_in_each_request() {
    for (environment, import, mode) in [
        (
            "tests/django/.venv",
            "from django.utils.functional import SimpleLazyObject, lazystr",
            "SimpleLazyObject(read)",
        ),
        ("tests/django/.venv", "from django.utils.functional import lazy", "lazy(read, str)()"),
        ("examples/flask_app/.venv", "from werkzeug.local import LocalProxy", "LocalProxy(read)"),
    ] {
        let project = Project::new(&[("app.py", &lazy(import, mode))]);
        let site = packages(environment);
        for options in [&[][..], &["--cold"]] {
            let given = ["app.py", "--site-packages", site.to_str().unwrap(), "--env", "MODE=production"];
            let server = project.run(&[&given, options].concat());
            assert_eq!(server.get("/mode").ok(), "production", "{mode}");
        }
    }
}

/// An application that is itself a proxy is called as such, and loads in the request.
#[test]
fn an_application_may_be_lazy_itself() {
    let app = "import os\nfrom werkzeug.local import LocalProxy\n\n\ndef make():\n    mode = os.environ['MODE']\n\n    \
               def site(environ, start_response):\n        start_response('200 OK', [])\n        return [mode.encode()]\n\n    \
               return site\n\n\napp = LocalProxy(make)\n";
    let project = Project::new(&[("app.py", app)]);
    let site = packages("examples/flask_app/.venv");
    let server = project.run(&["app.py", "--site-packages", site.to_str().unwrap(), "--env", "MODE=production"]);
    assert_eq!(server.get("/").ok(), "production");
    assert!(server.log().contains("LocalProxy"), "{}", server.log());
}
