//! Packages that speak HTTP/1.1 over sockets, unmodified: by http, and by TLS that the host speaks.

use crate::gateway::asynchronous::framework_with;
use crate::harness::{Authority, Project, Server, Upstream};
use serde_json::{Value, json};

/// Serves the application, with requests let out to the upstream and to port 1, where nobody is.
fn asking(upstream: &Upstream, ca: Option<&str>) -> Server {
    serving("asking.py", &[upstream], ca)
}

fn serving(app: &str, upstreams: &[&Upstream], ca: Option<&str>) -> Server {
    let origins: Vec<_> = upstreams.iter().map(|upstream| upstream.origin()).collect();
    let mut options = vec!["--memory", "256MiB", "--allow-http", "http://127.0.0.1:1"];
    options.extend(origins.iter().flat_map(|origin| ["--allow-http", origin]));
    options.extend(ca.iter().flat_map(|ca| ["--ca-file", *ca]));
    framework_with(app, &options)
}

fn check(server: &Server, origin: &str) {
    let told = |way: &str| server.get(&format!("/{way}?{origin}")).json();
    assert_eq!(told("by_requests"), json!([["GET", 0], ["POST", 1_000_000], 1, "onetwothree"]));
    let by_urllib3 = told("by_urllib3");
    assert_eq!(by_urllib3[0][0], by_urllib3[0][1], "one connection: {by_urllib3}");
    assert_eq!(by_urllib3[1], "multipart/form-data");
    assert_eq!(told("by_httpx"), json!([["GET", 0], ["POST", 100_000]]));
    assert_eq!(told("by_httpx_async"), json!([1_000_000, true, true, 16 << 20]));
    assert_eq!(told("by_threads"), json!(["slow", "slow", "slow", "slow", "slow"]));
    assert_eq!(told("by_sentry"), "flushed");
    let line = server.wait_for("/by_sentry out POST ");
    assert!(line.contains(&format!(" out POST {origin} 200 ")) && line.ends_with(" ok"), "{line}");
}

#[test]
fn packages_send_requests_by_http() {
    let upstream = Upstream::start();
    check(&asking(&upstream, None), &upstream.origin());
}

#[test]
fn packages_send_requests_by_https() {
    let (authority, project) = (Authority::for_names(&["127.0.0.1"]), Project::new(&[]));
    project.write("ca.pem", &authority.pem);
    let upstream = Upstream::tls(&authority);
    let ca = project.path("ca.pem");
    check(&asking(&upstream, ca.to_str()), &upstream.origin());
}

#[test]
fn boto3_stores_and_fetches() {
    let (authority, project) = (Authority::for_names(&["127.0.0.1"]), Project::new(&[]));
    project.write("ca.pem", &authority.pem);
    let (plain, secure) = (Upstream::start(), Upstream::tls(&authority));
    let server = serving("storing.py", &[&plain, &secure], project.path("ca.pem").to_str());
    for upstream in [plain, secure] {
        // S3's framing of a body in chunks, with a checksum behind it, is longer than the body.
        let told = server.get(&format!("/?{}", upstream.origin())).json();
        assert!(told[0].as_str().unwrap().trim_matches('"').parse::<u32>().unwrap() >= 1_000_000, "{told}");
        assert_eq!(told.as_array().unwrap()[1..], ["GET", "/bucket/key", "AWS4-HMAC-SHA256"].map(Value::from));
    }
}

#[test]
fn packages_tell_of_failures_in_their_own_words() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let upstream = Upstream::tls(&authority);
    let server = asking(&upstream, None);
    let told = |origin: &str| server.get(&format!("/failing?{origin}")).json();
    let first = |said: &Value, name: &str| said[name][0].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
    let refused = told("http://127.0.0.1:1");
    assert_eq!(refused["requests"][0], "ConnectionError", "{refused}");
    assert!(first(&refused, "httpx").ends_with("Error"), "{refused}");
    let distrusted = told(&upstream.origin());
    assert_eq!(distrusted["requests"][0], "SSLError", "{distrusted}");
    assert_eq!(distrusted["urllib3"][0], "SSLError", "{distrusted}");
}
