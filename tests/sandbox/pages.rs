//! The number of pages that a request dirties, each of which must be restored before the next request.

use crate::harness::{Project, Server};
use wasgi::InProcess;

/// Page faults of the cheapest of some requests, after the first use of the pool's slot.
fn faults(server: &Server, path: &str) -> u64 {
    let replies = (0..20).map(|_| server.get(path));
    replies.map(|reply| reply.usage("faults").parse::<u64>().expect("a number")).min().expect("some")
}

#[test]
fn a_small_request_takes_no_page_fault_where_memory_is_reset_by_a_scan() {
    let server = Server::run_with("hello.py", &["--expose-usage", "--concurrency", "1"]);
    let scans = server.log().contains("memory is reset by scan");
    let faults = faults(&server, "/");
    println!("{faults} page faults");
    assert!(faults <= if scans { 3 } else { 200 }, "{faults}");
}

#[test]
fn a_collection_writes_to_no_page_of_what_was_imported() {
    let options = ["--reset", "plain", "--expose-usage", "--concurrency", "1"];
    let server = Server::run_with("counted_references.py", &options);
    let (without, with) = (faults(&server, "/"), faults(&server, "/collected"));
    println!("{without} page faults, {with} with a collection");
    assert!(with < without + 60, "{without}, {with}");
}

#[test]
fn a_server_without_its_sockets_tells_what_a_request_writes() {
    let app = "def app(environ, start_response):
    start_response('200 OK' if environ['PATH_INFO'] == '/' else '404 Not Found', [])
    return [b'x' * 100_000]
";
    let project = Project::new(&[("app.py", app)]);
    let server = InProcess::open(&project.build("app.py")).expect("a component");
    server.instantiate().expect("a sandbox");
    server.get("/").expect("200");
    let written = server.written();
    let faults = |path| {
        let before = server.page_faults();
        server.get(path).map(|_| server.page_faults() - before)
    };
    let faults = (0..20).map(|_| faults("/").expect("200")).min();
    println!("{written:?}, {faults:?} page faults");
    match written {
        // The response alone is 100,000 bytes.
        Some(written) => {
            assert!((100_000..400_000).contains(&written.bytes) && (2..100).contains(&written.runs), "{written:?}");
            assert!(faults <= Some(3), "{faults:?}");
        }
        None => assert!(faults > Some(20), "{faults:?}: all that is written is given back"),
    }
    assert!(server.get("/gone").unwrap_err().root_cause().to_string().contains("404"));
}
