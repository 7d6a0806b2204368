//! Changes to a file of machine code do not affect the server that was started with it.

use crate::harness::{Over, Project, Server};
use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;

/// Reads its own file, and so pages of the snapshot that no earlier request has read.
const APP: &str = "
def app(environ, start_response):
    import colorsys, fractions
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [open(__file__).readline()[2:].encode()]
";

/// Simultaneous clients: with several sandboxes, some are new.
const CLIENTS: usize = 4;
/// Responses in all, before and after each change of the file.
const ANSWERS: usize = 40;

/// Writes `NAME.cwasm`, whose application answers with the name.
fn compile(project: &Project, name: &str) {
    project.write("app.py", &format!("# {name}\n{APP}"));
    project.build("app.py");
    project.succeed(&["compile", "built.wasm", "--output", &format!("{name}.cwasm")]);
}

fn serve(project: &Project, file: &str) -> Server {
    Server::start(project.wasgi(&["serve", file]))
}

/// Makes changes one after the other, some responses apart, under load; each response must be the first application's.
fn change_under_load(server: &Server, changes: &[&dyn Fn()]) {
    let (over, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let ask = || {
        while !over.load(Relaxed) {
            assert_eq!(server.get("/").ok(), "first\n");
            answers.fetch_add(1, Relaxed);
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        // A client that gets a wrong response panics, and with it the test at the scope's end.
        let more = || {
            let enough = answers.load(Relaxed) + ANSWERS;
            while answers.load(Relaxed) < enough && !clients.iter().any(|client| client.is_finished()) {
                thread::yield_now();
            }
        };
        let _end = Over(&over);
        more();
        for change in changes {
            change();
            more();
        }
    });
}

#[test]
fn a_server_goes_on_as_it_was_while_its_file_is_overwritten_and_cut_short() {
    let project = Project::new(&[]);
    compile(&project, "first");
    compile(&project, "other");
    fs::copy(project.path("first.cwasm"), project.path("app.cwasm")).expect("a copy");
    let server = serve(&project, "app.cwasm");
    let file = File::options().write(true).open(project.path("app.cwasm")).expect("it is ours");
    // Writes into the same file, like `cp`.
    let overwrite = || assert!(fs::copy(project.path("other.cwasm"), project.path("app.cwasm")).is_ok());
    let cut = || assert!(file.set_len(4096).is_ok() && file.set_len(0).is_ok());
    change_under_load(&server, &[&overwrite, &cut]);
    overwrite();
    assert_eq!(serve(&project, "app.cwasm").get("/").ok(), "other\n", "a new server takes what is there");
    assert_eq!(server.get("/").ok(), "first\n");
}

#[test]
fn a_server_goes_on_while_its_entry_of_the_cache_is_cut_short() {
    let project = Project::new(&[("app.py", &format!("# first\n{APP}"))]);
    let mut command = project.wasgi(&["serve", project.build("app.py").to_str().expect("UTF-8")]);
    command.env("WASGI_CACHE", project.path("cache"));
    let server = Server::start(command);
    let cut = || {
        let entries: Vec<_> = fs::read_dir(project.path("cache/compiled")).expect("the cache").flatten().collect();
        assert!(!entries.is_empty(), "the code was cached");
        for entry in entries {
            File::options().write(true).open(entry.path()).and_then(|file| file.set_len(0)).expect("it is ours");
        }
    };
    change_under_load(&server, &[&cut]);
}
