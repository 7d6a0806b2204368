//! Memory bombs under several caps, beside neighbours that must not be affected.

use crate::harness::{Project, Reply, Server};

/// The bombs, with the steps of those that grow by a fixed one: their peak must come that close to the cap. The others
/// request one block that is refused at once (block, response), or grow a table or buffer to about twice its size, so
/// their peak depends on chance.
pub const BOMBS: [(&str, Option<u64>); 8] = [
    ("block", None),
    ("blocks", Some(MIB)),
    ("objects", None),
    ("text", None),
    ("dictionary", None),
    ("recursion", Some(MIB)),
    ("bomb", None),
    ("response", None),
];
const MIB: u64 = 1 << 20;
/// The allocator's overhead for a block: its header, and the rounding to whole WebAssembly pages.
const ROUNDING: u64 = 128 << 10;
/// Python raises RecursionError after about this many of the recursion's blocks of 1 MiB.
const DEEPEST: u64 = 1000;

/// The refused size in the log, in MiB.
fn asked_for(line: &str) -> f64 {
    let size = line.split_once("(asked for ").and_then(|(_, rest)| rest.split_once(')')).expect("the size").0;
    let (number, unit) = size.split_once(' ').expect("number and unit");
    let unit = if unit == "GiB" { 1024.0 } else { 1.0 };
    number.parse::<f64>().expect("a number") * unit
}

fn is_refused(reply: &Reply, cap: u64) {
    assert_eq!((reply.status, reply.text()), (500, "The request reached its memory cap.\n"));
    assert_eq!((reply.usage("outcome"), reply.usage("cap-reached")), ("memory-cap", "?1"));
    assert!(reply.peak() <= cap, "{} of {cap}", reply.peak());
}

/// A size in MiB, as the log has it: halves are rounded up, where formatting a float takes the even neighbour.
fn shown(size: u64) -> String {
    let tenths = (size * 10 + MIB / 2) / MIB;
    if size.is_multiple_of(MIB) {
        format!("{} MiB", size / MIB)
    } else {
        format!("{}.{} MiB", tenths / 10, tenths % 10)
    }
}

fn explode(server: &Server, cap: u64) {
    let mib = cap / MIB;
    for (bomb, step) in BOMBS {
        let reply = server.get(&format!("/hog/{bomb}"));
        is_refused(&reply, cap);
        let peak = reply.peak();
        assert!(step.is_none_or(|step| peak + step + ROUNDING > cap), "{bomb}: {peak} is far below {cap}");
        let line = server.wait_for(&format!(" GET /hog/{bomb} 500 "));
        assert!(line.contains(&format!(" memory cap of {mib} MiB reached ")), "{line}");
        let peak = shown(peak);
        assert!(line.contains(&format!(" {peak} cpu ")), "the peak of {peak}: {line}");
        let asked = asked_for(&line);
        assert!(asked + 0.1 > mib as f64, "{line}");
        let site = server.wait_for(&format!("GET /hog/{bomb}: MemoryError at /app/hog.py:"));
        let site = site.split_once(" at ").expect("as waited for").1;
        println!("| {mib} MiB | {bomb} | {} | {peak} | {asked:.1} MiB | {site} |", reply.status);
    }
}

fn under_a_cap_of(mib: u64) {
    let cap = mib * MIB;
    assert!(cap < DEEPEST * MIB);
    let server = Server::all_apps_with(&["--memory", &format!("{mib}MiB"), "--expose-usage"]);
    let ((), alone) = server.beside(|| ());
    let ((), during) = server.beside(|| explode(&server, cap));
    println!("cap {mib} MiB: neighbours alone: {alone}");
    println!("cap {mib} MiB: neighbours beside the bombs: {during}; {:.1} times as long", during.ratio(&alone));
}

#[test]
fn under_32_mib() {
    under_a_cap_of(32);
}

#[test]
fn under_64_mib() {
    under_a_cap_of(64);
}

#[test]
fn under_256_mib() {
    under_a_cap_of(256);
}

#[test]
fn a_crash_after_memory_was_refused_gets_the_same_answer() {
    let server = Server::all_apps_with(&["--memory", "64MiB", "--expose-usage"]);
    for crash in ["then_abort", "then_trap"] {
        is_refused(&server.get(&format!("/hog/{crash}")), 64 * MIB);
        server.wait_for(&format!("GET /hog/{crash} trapped after it had reached its memory cap"));
        server.wait_for(&format!(" GET /hog/{crash} 500 "));
        server.behaves();
    }
}

/// Memory lacks even for the request's own head, so the guest cannot answer.
#[test]
fn no_memory_for_the_request_itself_gets_the_same_answer() {
    let app = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'']\n";
    let project = Project::new(&[("app.py", app)]);
    let at_rest = project.run(&["app.py", "--expose-usage"]).get("/").peak();
    let server = project.run(&["app.py", "--expose-usage", "--memory", &at_rest.to_string(), "--header-bytes", "1MiB"]);
    let mut client = server.connect();
    client.send(format!("GET /long HTTP/1.1\r\nHost: test\r\nX-Long: {}\r\n\r\n", "x".repeat(900 << 10)));
    let head = client.head();
    println!("a head of 900 KiB in a full sandbox: {}", server.wait_for(" GET /long "));
    assert!(head.starts_with("http/1.1 500 ") && head.contains("outcome=memory-cap"), "{head}");
    let answer = "The request reached its memory cap.\n";
    assert_eq!(client.body(answer.len()), answer);
    assert_eq!(server.get("/").status, 200);
}
