//! `wasgi serve` reads its component anew on SIGHUP, and no request is lost.

use crate::harness::{Over, Project, Server, clients, wasgi};
use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

const NOW: &str = "app:app (function) now";
const RELOADS: usize = 20;

fn version(number: usize) -> String {
    format!(
        "def app(environ, start_response):\n    \
             start_response('200 OK', [('Content-Type', 'text/plain')])\n    \
             return [b'version {number}']\n"
    )
}

/// Builds a version and puts it in the place of what is served, at once.
fn deploy(project: &Project, number: usize) {
    project.write("app.py", &version(number));
    project.succeed(&["build", "app.py:app", "--output", "new.wasm"]);
    fs::rename(project.path("new.wasm"), project.path("app.wasm")).unwrap();
}

#[test]
fn the_new_component_is_served_and_a_broken_one_is_refused() {
    let project = Project::new(&[]);
    deploy(&project, 1);
    let server = Server::start(project.wasgi(&["serve", "app.wasm"]));
    assert_eq!(server.get("/").ok(), "version 1");
    deploy(&project, 2);
    assert_eq!(server.get("/").ok(), "version 1", "until it is asked for");
    server.hang_up();
    server.wait_for(NOW);
    assert_eq!(server.get("/").ok(), "version 2");
    fs::write(project.path("app.wasm"), "no component").unwrap();
    server.hang_up();
    server.wait_for("wasgi: still serving the old component");
    assert_eq!(server.get("/").ok(), "version 2");
}

/// Connections stay open meanwhile, of HTTP/1.1 and of HTTP/2.
#[test]
fn no_request_fails_over_many_reloads_under_load() {
    let project = Project::new(&[]);
    deploy(&project, 2);
    fs::rename(project.path("app.wasm"), project.path("second.wasm")).unwrap();
    deploy(&project, 1);
    fs::rename(project.path("app.wasm"), project.path("first.wasm")).unwrap();
    fs::copy(project.path("first.wasm"), project.path("app.wasm")).unwrap();
    let server = Server::start(project.wasgi(&["serve", "app.wasm"]));
    let is_over = AtomicBool::new(false);
    let mut http2 = clients::python("h2_client.py");
    http2.args(["steady", &server.address().to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let http2 = http2.spawn().unwrap();
    let asked = thread::scope(|scope| {
        let ask = || {
            let mut asked = 0;
            let mut client = server.connect();
            while !is_over.load(SeqCst) {
                client.get("/");
                let head = client.head();
                assert!(head.starts_with("http/1.1 200 "), "{head}");
                assert!(client.body(9).starts_with("version "));
                asked += 1;
            }
            asked
        };
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        let end = Over(&is_over);
        for reload in 0..RELOADS {
            let next = ["second.wasm", "first.wasm"][reload % 2];
            fs::copy(project.path(next), project.path("new.wasm")).unwrap();
            fs::rename(project.path("new.wasm"), project.path("app.wasm")).unwrap();
            server.hang_up();
            server.wait_for_lines(NOW, reload + 1);
        }
        drop(end);
        clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>()
    });
    let http2 = http2.wait_with_output().unwrap();
    assert!(http2.status.success(), "see its traceback above");
    let asked_by_http2: usize = String::from_utf8(http2.stdout).unwrap().trim().parse().unwrap();
    println!("{RELOADS} reloads: {asked} requests of HTTP/1.1, {asked_by_http2} of HTTP/2, none failed");
    assert!(asked > RELOADS && asked_by_http2 > RELOADS);
    let bad = server.log().lines().filter(|line| line.contains(" GET / ") && !line.ends_with(" ok")).count();
    assert_eq!(bad, 0, "each ended well");
}

/// A request that does not end in its grace period is cut off.
#[test]
fn a_stopped_server_waits_for_its_grace_period_only() {
    let mut server =
        Server::start(wasgi(&["run", "every.py", "--site-packages", "../packages", "--graceful-timeout", "100ms"]));
    let mut client = server.connect();
    client.post_chunked("/talk");
    client.head();
    server.terminate();
    server.wait_for("wasgi: some requests did not finish in time (--graceful-timeout)");
    assert!(server.wait_for_end().success());
}
