//! A request that ends early ends its application, too: code after a wait does not run, and rollbacks do.

use crate::harness::{Project, Server};
use std::fs;
use std::path::Path;

const APP: &str = include_str!("../apps/ended.py");
const DIRECTORY: [&str; 2] = ["--dir", "data:/data"];
const LEFT: &str = "left by wasgi.RequestEnded: the request has ended: its deadline has passed, deadline\nclosed\n";

fn project(app: &str) -> Project {
    Project::new(&[("app/app.py", app), ("data/.keep", "")])
}

fn run(project: &Project, options: &[&str]) -> Server {
    // A warm-up would change the granted directory.
    project.run(&[&["app/app.py", "--cold"], &DIRECTORY[..], options].concat())
}

fn notes(project: &Project, way: &str) -> String {
    fs::read_to_string(project.path(&format!("data/{way}"))).unwrap_or_default()
}

/// Sends a request that exceeds its deadline, and waits for its end; returns the actions after that.
fn outlived(server: &Server, project: &Project, way: &str) -> String {
    assert_eq!(server.get(&format!("/{way}")).status, 504, "{way}");
    server.wait_for(&format!("app | closed {way}"));
    let line = server.wait_for(&format!(" GET /{way} 504 "));
    assert!(line.ends_with(" deadline"), "{line}");
    notes(project, way)
}

/// Checks that the log has no traceback and no unraisable exception.
fn is_quiet(server: &Server) {
    let log = server.log();
    assert!(!log.contains("Traceback") && !log.contains("Exception ignored"), "{log}");
}

#[test]
fn every_wait_raises_at_the_deadline() {
    let project = project(APP);
    let server = run(&project, &["--timeout", "1s"]);
    for way in ["sleep", "select", "event", "queue"] {
        assert_eq!(outlived(&server, &project, way), LEFT, "{way}");
    }
    let mut client = server.connect();
    client.post_chunked("/read");
    assert!(client.head().starts_with("http/1.1 504 "));
    server.wait_for("app | closed read");
    assert_eq!(notes(&project, "read"), LEFT);
    is_quiet(&server);
}

#[test]
fn who_catches_it_does_not_go_on() {
    let project = project(APP);
    let server = run(&project, &["--timeout", "1s"]);
    for way in ["catch", "swallow", "insist"] {
        assert_eq!(outlived(&server, &project, way), LEFT, "{way}");
    }
    let cleaned = format!("RequestEnded\ncleaned up\n{LEFT}");
    assert_eq!(outlived(&server, &project, "clean-up"), cleaned);
    is_quiet(&server);
}

#[test]
fn a_transaction_that_is_open_at_the_deadline_is_rolled_back() {
    let project = project(APP);
    let server = run(&project, &["--timeout", "1s"]);
    for way in ["commit", "transaction", "commit-all-the-same"] {
        assert_eq!(outlived(&server, &project, way), LEFT, "{way}");
        assert_eq!(server.get("/orders").ok(), "0", "{way}");
    }
    is_quiet(&server);
}

#[test]
fn it_is_raised_when_the_client_goes() {
    let project = project(APP);
    let server = run(&project, &["--timeout", "3600s"]);
    let mut client = server.connect();
    client.get("/sleep");
    server.wait_for("app | waiting sleep");
    client.close();
    server.wait_for("app | closed sleep");
    let left = "left by wasgi.RequestEnded: the request has ended: its client is gone, client-gone\n";
    assert_eq!(notes(&project, "sleep"), format!("{left}closed\n"));
    let mut client = server.connect();
    client.get("/write");
    client.head();
    client.close();
    server.wait_for(" GET /write 200 ");
    assert_eq!(notes(&project, "write"), left);
    is_quiet(&server);
}

#[test]
fn a_body_that_breaks_off_is_an_oserror_first() {
    let project = project(APP);
    let server = run(&project, &["--timeout", "3600s"]);
    let mut client = server.connect();
    client.post_chunked("/broken");
    client.send_chunk("half");
    server.wait_for("app | waiting broken");
    client.close();
    server.wait_for("app | closed broken");
    let left = "left by wasgi.RequestEnded: the request has ended: its client is gone, client-gone\n";
    assert_eq!(notes(&project, "broken"), format!("OSError\n{left}closed\n"));
    is_quiet(&server);
}

#[test]
fn lines_of_the_log_are_printed_while_it_is_on_its_way() {
    let project = project(APP);
    let server = run(&project, &["--timeout", "1s"]);
    assert_eq!(outlived(&server, &project, "log"), LEFT);
    server.wait_for("app | printed all the same");
    server.wait_for("app ! logged all the same");
    is_quiet(&server);
}

#[test]
fn on_a_foreign_host_a_wait_ends_as_ever() {
    let project = project(APP);
    let component = project.build_with("app/app.py", &["--filesystem", "--cold"]);
    let grant = format!("{}::/data", project.path("data").display());
    let server = Server::wasmtime(&component, &["--dir", &grant]);
    let mut client = server.connect();
    client.get("/nap");
    assert!(client.head().starts_with("http/1.1 200 "));
    assert_eq!(client.chunk(), "more");
    assert!(notes(&project, "nap").starts_with("went on\nleft by nothing\n"), "{}", notes(&project, "nap"));
}

/// An application on a framework, with a deadline long enough to sync a disk; `./just requirements` installs its
/// packages.
fn framework(app: &str, environment: &str) -> (Project, Server) {
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(environment);
    assert!(environment.is_dir(), "{environment:?} is not there: run `./just requirements` (`./just test` does)");
    let project = project(app);
    let mut command = project.wasgi(&[&["run", "app/app.py", "--timeout", "5s"], &DIRECTORY[..]].concat());
    command.env("VIRTUAL_ENV", environment);
    let server = Server::start(command);
    (project, server)
}

#[test]
fn flask_tears_down() {
    let (_project, server) = framework(
        r#"
import time

from flask import Flask

app = Flask(__name__)


@app.teardown_request
def tear_down(error):
    print("torn down by", repr(error))


@app.errorhandler(Exception)
def fail(error):
    print("handled", repr(error))
    return "failed", 500


@app.get("/slow")
def slow():
    time.sleep(3600)
    print("went on")
    return "slow"
"#,
        "examples/flask_app/.venv",
    );
    assert_eq!(server.get("/slow").status, 504);
    server.wait_for("app | torn down by RequestEnded('the request has ended: its deadline has passed')");
    server.wait_for(" GET /slow 504 ");
    let log = server.log();
    assert!(!log.contains("handled") && !log.contains("went on") && !log.contains("Traceback"), "{log}");
}

#[test]
fn django_rolls_back() {
    let (_project, server) = framework(
        r#"
import time

import django
from django.conf import settings

DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/django.sqlite", "ATOMIC_REQUESTS": True}
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="test", DATABASES={"default": DATABASE})
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path


def order(request):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS orders (number)")
        cursor.execute("INSERT INTO orders VALUES (1)")
    time.sleep(3600 if "slow" in request.GET else 0)
    return HttpResponse("ordered")


def count(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders")
        return HttpResponse(str(cursor.fetchone()[0]))


urlpatterns = [path("order", order), path("count", count)]
app = get_wsgi_application()
"#,
        "tests/django/.venv",
    );
    assert_eq!(server.get("/order").ok(), "ordered");
    assert_eq!(server.get("/order?slow").status, 504);
    server.wait_for(" GET /order 504 ");
    assert_eq!(server.get("/count").ok(), "1");
    is_quiet(&server);
}
