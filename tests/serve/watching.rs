//! Which changes in an application's folder make `wasgi run` rebuild.

use crate::harness::{Project, Server, wasgi};
use std::process::Command;
use std::time::{Duration, Instant};

const ANEW: &str = "serving the changed files now";
const PATIENCE: Duration = Duration::from_secs(120);

/// Writes into a granted directory and logs a line, in each request.
const APP: &str = "
import os

AT_IMPORT = sorted(set(os.listdir('/app')) - {'__pycache__'}), os.listdir('/app/data')


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    with open('/app/data/visits', 'a') as file:
        file.write('x')
    print('one more')
    pages = [name for name in sorted(os.listdir('/app')) if name.endswith('.html')]
    return [' '.join([*map(str, AT_IMPORT), *sorted(os.listdir('/app/data')), *pages]).encode()]
";

/// The server's standard output is a file beside the application, and so are the files that requests write.
fn serve(project: &Project) -> Server {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" > out.txt"]).arg(wasgi(&[]).get_program());
    command.args(["run", "app.py", "--dir", "data:/app/data"]).current_dir(project.path("."));
    command.env_remove("VIRTUAL_ENV");
    Server::start(command)
}

fn builds(server: &Server) -> usize {
    server.log().matches(ANEW).count()
}

/// Sends requests, with `each_time` in between, until the application was rebuilt this many times. While a watched file
/// changes between two checks, no build starts.
fn until_built(server: &Server, times: usize, each_time: impl Fn(usize)) {
    let began = Instant::now();
    for round in 0.. {
        assert!(began.elapsed() < PATIENCE, "built {} times instead of {times}", builds(server));
        server.get("/").ok();
        each_time(round);
        if builds(server) == times {
            return;
        }
    }
}

#[test]
fn what_is_not_packed_is_not_watched() {
    let project = Project::new(&[("app.py", APP), ("page.html", "one"), ("data/note.txt", "")]);
    let server = serve(&project);
    let first = server.get("/").ok().to_owned();
    assert_eq!(first, "['app.py', 'data', 'page.html'] ['note.txt'] note.txt visits page.html");
    assert!(server.log().contains("granted by --dir, so neither packed nor watched: data/"), "{}", server.log());
    let write_what_is_not_packed = |round: usize| {
        for file in ["db.sqlite3", "access.log", "media/new.png", ".hidden", &format!("uploads/{round}")] {
            project.write(file, &"x".repeat(round));
        }
    };
    write_what_is_not_packed(0);
    project.write("page.html", "changed");
    until_built(&server, 1, write_what_is_not_packed);
    project.write(".wasgiignore", "page.html\n");
    until_built(&server, 2, write_what_is_not_packed);
    assert_eq!(server.get("/").ok(), "['app.py', 'data'] ['note.txt', 'visits'] note.txt visits");
    project.write(".wasgiignore", "page.html\n!access.log\n");
    project.write("access.log", "packed now");
    until_built(&server, 3, |_| {});
}

#[test]
fn a_granted_directory_is_known_by_any_of_its_names() {
    let project = Project::new(&[("app.py", APP), ("elsewhere/note.txt", "a secret")]);
    std::os::unix::fs::symlink("elsewhere", project.path("data")).unwrap();
    let server = project.run(&["app.py", "--dir", "elsewhere:/app/data"]);
    assert_eq!(server.get("/").ok(), "['app.py', 'data', 'elsewhere'] ['note.txt'] note.txt visits");
}

/// Reads what it is sent, and shows a file.
const PAGE: &str = "
def app(environ, start_response):
    environ['wsgi.input'].read()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    with open('/app/page.html') as file:
        return [f'one {file.read()}'.encode()]
";

/// Asks until this is the answer.
fn until_answered(server: &Server, wanted: &str) {
    let began = Instant::now();
    while server.get("/").ok() != wanted {
        assert!(began.elapsed() < PATIENCE, "it answers {:?}, not {wanted:?}", server.get("/").ok());
    }
}

#[test]
fn edits_are_served_while_the_old_build_finishes_what_it_began() {
    let project = Project::new(&[("app.py", PAGE), ("page.html", "first")]);
    let server = project.run(&["app.py", "--timeout", "5m"]);
    let mut begun = server.connect();
    begun.post_chunked("/");
    begun.send_chunk("some");
    let mut kept = server.connect();
    kept.get("/");
    kept.head();
    assert_eq!(kept.body("one first".len()), "one first");
    project.write("page.html", "second");
    until_answered(&server, "one second");
    project.write("app.py", &PAGE.replace("one", "two"));
    until_answered(&server, "two second");
    kept.get("/");
    kept.head();
    assert_eq!(kept.body("two second".len()), "two second", "on a connection that was open before");
    begun.send_chunk("");
    begun.head();
    assert_eq!(begun.body("one first".len()), "one first");
    project.write("app.py", &format!("{PAGE}\nnowhere\n"));
    server.wait_for("NameError: name 'nowhere' is not defined");
    server.wait_for("wasgi: still serving the previous build");
    assert_eq!(server.get("/").ok(), "two second");
}

/// Keeps this many bytes from its import on, and takes a mebibyte more for each request.
fn keeping(bytes: usize) -> String {
    format!(
        "KEPT = bytearray(b'x') * {bytes}\n\n\n\
         def app(environ, start_response):\n    \
             more = bytearray(1 << 20)\n    \
             start_response('200 OK', [('Content-Type', 'text/plain')])\n    \
             return [f'{{KEPT.count(b\"x\")}} {{more.count(0)}}'.encode()]\n"
    )
}

#[test]
fn an_edit_may_take_more_memory_and_less_up_to_the_cap() {
    let project = Project::new(&[("app.py", &keeping(1))]);
    let server = project.run(&["app.py", "--memory", "128MiB"]);
    assert_eq!(server.get("/").ok(), "1 1048576");
    for bytes in [50 << 20, 3, 70_000] {
        project.write("app.py", &keeping(bytes));
        until_answered(&server, &format!("{bytes} 1048576"));
    }
    project.write("app.py", &keeping(200 << 20));
    server.wait_for("and --memory allows 128 MiB: raise it");
    server.wait_for("wasgi: still serving the previous build");
    assert_eq!(server.get("/").ok(), "70000 1048576");
}
