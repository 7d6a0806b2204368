//! Requests of applications to others: where they are let out, and where they are not.

use crate::harness::{Authority, Project, Server, Upstream};
use serde_json::{Value, json};

const APP: &str = "outgoing/standard.py:application";

/// Serves the application with requests let out to these origins.
fn letting_out(origins: &[&str]) -> Server {
    let flags = origins.iter().flat_map(|origin| ["--allow-http", *origin]);
    Server::run_with(APP, &["--cold"].into_iter().chain(flags).collect::<Vec<_>>())
}

fn told(server: &Server, way: &str, origin: &str) -> Value {
    server.get(&format!("/{way}?{origin}")).json()
}

#[test]
fn requests_and_responses_pass_as_they_are() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let server = letting_out(&[&origin]);
    let told = |way: &str| told(&server, way, &origin);
    let echo = told("get");
    assert_eq!(echo[0], 200, "{echo}");
    let echo: Value = serde_json::from_str(echo[1].as_str().unwrap()).unwrap();
    assert_eq!((&echo["method"], &echo["path"]), (&json!("GET"), &json!("/echo")));
    assert_eq!(echo["headers"]["host"], origin.trim_start_matches("http://"));
    assert_eq!(told("redirected")[0], 200);
    assert_eq!(told("chunked"), json!([200, "onetwothree"]));
    assert_eq!(told("closing"), json!([200, "to the end"]));
    assert_eq!(told("head"), json!([200, true, ""]));
    let put = told("posted");
    assert_eq!(
        (&put["method"], &put["length"], &put["headers"]["x-mine"]),
        (&json!("PUT"), &json!(3_000_000), &json!("a, b"))
    );
    let streamed = told("streamed");
    assert_eq!(
        (&streamed["length"], &streamed["headers"]["transfer-encoding"]),
        (&json!(2_100_000), &json!("chunked"))
    );
}

#[test]
fn a_response_larger_than_memory_streams_through() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let server = Server::run_with(APP, &["--cold", "--allow-http", &origin, "--memory", "64MiB", "--expose-usage"]);
    let more = server.peak_of(|| assert_eq!(server.get(&format!("/large?{origin}")).json(), 256 << 20));
    assert!(more < 64 << 10, "{more} KiB more than at rest");
}

#[test]
fn nobody_is_reached_who_is_not_named() {
    let upstream = Upstream::start();
    let server = letting_out(&["https://*.example.com"]);
    for origin in [&upstream.origin(), "http://[::1]:81", "http://169.254.169.254", "http://10.0.0.1:8443"] {
        let refused = told(&server, "get", origin);
        assert_eq!((&refused[0], &refused[1]), (&json!("URLError"), &json!("ConnectionRefusedError")), "{refused}");
        let cure = format!("--allow-http {origin}");
        assert!(refused[2].as_str().unwrap().contains(&cure), "{refused}: {cure}");
    }
    let refused = told(&server, "get", "https://example.com");
    assert_eq!(refused[1], "gaierror", "{refused}");
    assert!(refused[2].as_str().unwrap().contains("--allow-http https://example.com`"), "{refused}");
    assert_eq!(upstream.accepted(), 0);
}

#[test]
fn nobody_at_all_is_reached_by_default() {
    let upstream = Upstream::start();
    let server = letting_out(&[]);
    assert_eq!(told(&server, "get", &upstream.origin())[1], "ConnectionRefusedError");
    assert_eq!(upstream.accepted(), 0);
}

#[test]
fn failures_are_what_programs_expect() {
    let upstream = Upstream::start();
    let (origin, nobody) = (upstream.origin(), "http://127.0.0.1:1");
    let server = letting_out(&[&origin, nobody, "http://name.invalid"]);
    let kinds = |way: &str, origin: &str| {
        let told = told(&server, way, origin);
        let kinds = told.as_array().unwrap().iter().take(2).map(|kind| kind.as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(kinds("get", nobody), ["URLError", "ConnectionRefusedError"]);
    assert_eq!(kinds("get", "http://name.invalid"), ["URLError", "gaierror"]);
    assert_eq!(kinds("slow", &origin)[0], "TimeoutError");
    assert_eq!(kinds("broken", &origin)[0], "ConnectionResetError");
    for way in ["no_http", "listening"] {
        let told = told(&server, way, &origin);
        assert_eq!(told[0], "OSError", "{told}");
        assert!(told[1].as_str().unwrap().contains("only HTTP/1.1 passes"), "{told}");
    }
    assert_eq!(told(&server, "get", &origin)[0], 200);
}

#[test]
fn the_host_verifies_whom_tls_is_spoken_with() {
    let (authority, project) = (Authority::for_names(&["localhost", "127.0.0.1"]), Project::new(&[]));
    let (upstream, other) = (Upstream::tls(&authority), Upstream::tls(&Authority::for_names(&["elsewhere"])));
    project.write("ca.pem", &authority.pem);
    let (origin, unknown) = (upstream.origin_as("localhost"), other.origin_as("localhost"));
    let ca = project.path("ca.pem");
    let flags = ["--cold", "--allow-http", &origin, "--allow-http", &unknown, "--ca-file", ca.to_str().unwrap()];
    let server = Server::run_with(APP, &flags);
    assert_eq!(told(&server, "get", &origin)[0], 200);
    assert_eq!(told(&server, "streams", &origin), "HTTP/1.0 200 OK");
    let refused = told(&server, "get", &unknown);
    assert_eq!(refused[1], "SSLCertVerificationError", "{refused}");
    let refused = told(&server, "unverified", &origin);
    assert_eq!(refused[1], "SSLError", "{refused}");
    assert!(refused[2].as_str().unwrap().contains("--ca-file"), "{refused}");
    server.wait_for("TLS-certificate-error (invalid peer certificate: ");
    // What is granted is https.
    let plain = told(&server, "get", &origin.replace("https", "http"));
    assert_eq!(plain[1], "PermissionError", "{plain}");
}

#[test]
fn event_loops_wait_for_several_at_once() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let server = letting_out(&[&origin]);
    assert_eq!(told(&server, "streams", &origin), "HTTP/1.0 200 OK");
    assert_eq!(told(&server, "together", &origin), json!(["slow", "slow", "slow", "slow", "slow", true]));
}

#[test]
fn a_name_is_resolved_by_the_host_alone() {
    let server = letting_out(&["http://name.invalid"]);
    let found = told(&server, "names", "http://name.invalid:80");
    assert!(found[0][0].as_str().unwrap().starts_with("198.18."), "{found}");
}

#[test]
fn connections_are_kept_for_the_next_sandbox() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let server = letting_out(&[&origin]);
    let mut first = vec![];
    for _ in 0..10 {
        let again = told(&server, "again", &origin);
        first.push(again[0][1].as_u64().unwrap());
    }
    // One that is still on its way back is not waited for.
    assert!(upstream.accepted() <= 5, "{} connections for 30 requests", upstream.accepted());
    assert!(first[1..].iter().any(|number| *number > 1), "a warm connection: {first:?}");
}

#[test]
fn each_request_has_a_line_under_the_one_it_was_made_for() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let server = letting_out(&[&origin]);
    told(&server, "chunked", &origin);
    let line = server.wait_for(" out GET ");
    assert!(line.starts_with(&format!("127.0.0.1 GET /chunked out GET {origin} 200 11 B ")), "{line}");
    assert!(line.ends_with(" ms ok"), "{line}");
}

#[test]
fn a_file_of_authorities_is_read_at_the_start() {
    let project = Project::new(&[("app.py", include_str!("../apps/hello.py")), ("empty.pem", "nothing")]);
    for (file, why) in [("empty.pem", "there is no certificate in it"), ("missing.pem", "--ca-file missing.pem")] {
        let message = project.refused(&["run", "app.py", "--allow-http", "https://example.com", "--ca-file", file]);
        assert!(message.contains(why), "{message}");
    }
}
