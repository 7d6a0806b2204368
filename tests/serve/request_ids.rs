//! The identifiers of requests: kept or made, and where they appear.

use crate::harness::{Server, Upstream};
use serde_json::Value;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const STATE: &str = "vendor=1";

/// The environ of a request that has all of these headers.
fn environ(server: &Server, id: &str) -> Value {
    let request = http::Request::get(server.url("/environs")).header("x-request-id", id);
    let request = request.header("traceparent", TRACE).header("tracestate", STATE);
    server.request(request.body(()).unwrap()).json()
}

fn is_made(id: &Value) -> bool {
    let id = id.as_str().unwrap();
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn those_of_a_trusted_proxy_are_kept_and_a_malformed_one_is_not() {
    let server = Server::run_with("environs.py", &["--request-ids", "--forwarded-allow-ips", "127.0.0.1"]);
    let told = environ(&server, "proxy-1.2:3");
    assert_eq!((&told["HTTP_X_REQUEST_ID"], &told["HTTP_TRACEPARENT"]), (&"proxy-1.2:3".into(), &TRACE.into()));
    assert_eq!(told["HTTP_TRACESTATE"], STATE);
    assert!(server.wait_for(" GET /environs 200 ").ends_with(", id proxy-1.2:3"));
    let told = environ(&server, "two words");
    assert!(is_made(&told["HTTP_X_REQUEST_ID"]), "{told}");
}

#[test]
fn those_of_anybody_else_are_made_anew() {
    let server = Server::run_with("environs.py", &["--request-ids"]);
    let [one, other] = [environ(&server, "forged"), environ(&server, "forged")];
    assert!(is_made(&one["HTTP_X_REQUEST_ID"]) && one["HTTP_X_REQUEST_ID"] != other["HTTP_X_REQUEST_ID"], "{one}");
    let trace = one["HTTP_TRACEPARENT"].as_str().unwrap();
    assert!(trace.len() == TRACE.len() && trace.starts_with("00-") && trace != TRACE, "{trace}");
    assert!(one.get("HTTP_TRACESTATE").is_none(), "{one}");
}

#[test]
fn without_the_option_nothing_is_added_or_taken() {
    let server = Server::run("environs.py");
    assert!(server.get("/environs").json().get("HTTP_X_REQUEST_ID").is_none());
    let told = environ(&server, "mine");
    assert_eq!((&told["HTTP_X_REQUEST_ID"], &told["HTTP_TRACEPARENT"]), (&"mine".into(), &TRACE.into()));
}

#[test]
fn each_line_of_its_request_has_it() {
    let server = Server::run_with("output.py", &["--request-ids"]);
    server.get("/output").ok();
    let line = server.wait_for(" GET /output 200 ");
    let (_, id) = line.rsplit_once(", id ").unwrap();
    for line in [
        format!("app | [{id}] output.py says: printed"),
        format!("app ! [{id}] output.py says: printed to stderr"),
        format!("app ! [{id}] output.py says: in wsgi.errors"),
        format!("app | [{id}] output.py says: unfinished"),
    ] {
        server.wait_for_line(|said| said == line);
    }
}

#[test]
fn what_goes_wrong_is_said_with_it() {
    let server = Server::all_apps_with(&["--request-ids", "--timeout", "500ms"]);
    assert_eq!(server.get("/stuck/loop").status, 504);
    let line = server.wait_for(" GET /stuck/loop 504 ");
    let (_, id) = line.rsplit_once(", id ").unwrap();
    server.wait_for(&format!("wasgi: GET /stuck/loop [{id}] stopped at its deadline"));
}

#[test]
fn requests_to_others_have_it_too() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let args = ["--request-ids", "--cold", "--allow-http", &origin];
    let server = Server::run_with("outgoing/standard.py:application", &args);
    let echo = server.get(&format!("/get?{origin}")).json();
    let echo: Value = serde_json::from_str(echo[1].as_str().unwrap()).unwrap();
    let line = server.wait_for(" GET /get 200 ");
    let (_, id) = line.rsplit_once(", id ").unwrap();
    assert_eq!(echo["headers"]["x-request-id"], id, "{echo}");
    assert!(echo["headers"]["traceparent"].as_str().unwrap().starts_with(&format!("00-{id}-")), "{echo}");
    server.wait_for(&format!(" GET /get [{id}] out GET {origin} 200 "));
}
