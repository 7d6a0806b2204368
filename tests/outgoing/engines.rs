//! The same component sends requests on stock engines, which let out whatever they like.

use crate::harness::{Project, Server, Upstream};
use serde_json::{Value, json};

/// What an engine does otherwise: ways of the application and why.
type Differences<'a> = &'a [(&'a str, &'a str)];

const JCO: [(&str, &str); 0] = [];
const WASMTIME: [(&str, &str); 0] = [];

fn check(engine: &str, server: &Server, differences: Differences) {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let told = |way: &str, origin: &str| {
        let reply = server.get(&format!("/{way}?{origin}"));
        if reply.status == 200 { reply.json() } else { json!(reply.text()) }
    };
    let named = upstream.origin_as("localhost");
    let slow = json!(["slow", "slow", "slow", "slow", "slow", true]);
    let length = |told: &Value| told["length"].clone();
    let found = [
        ("get", told("get", &origin)[0] == 200),
        ("get by name", told("get", &named)[0] == 200),
        ("redirected", told("redirected", &origin)[0] == 200),
        ("chunked", told("chunked", &origin) == json!([200, "onetwothree"])),
        ("closing", told("closing", &origin) == json!([200, "to the end"])),
        ("head", told("head", &origin) == json!([200, true, ""])),
        ("posted", length(&told("posted", &origin)) == 3_000_000),
        ("streamed", length(&told("streamed", &origin)) == 2_100_000),
        ("large", told("large", &origin) == 256 << 20),
        ("slow", told("slow", &origin)[0] == "TimeoutError"),
        ("refused", told("get", "http://127.0.0.1:1")[1] == "ConnectionRefusedError"),
        ("unknown name", told("get", "http://name.invalid")[1] == "gaierror"),
        ("streams", told("streams", &origin) == "HTTP/1.0 200 OK"),
        ("together", told("together", &origin) == slow),
        ("broken", told("broken", &origin)[0] == "ConnectionResetError"),
    ];
    let differ: Vec<_> = found.iter().filter(|(_, is_same)| !is_same).map(|(way, _)| *way).collect();
    let expected: Vec<_> = differences.iter().map(|(way, _)| *way).collect();
    assert_eq!(differ, expected, "{engine}");
}

fn component(project: &Project) -> std::path::PathBuf {
    project.write("standard.py", include_str!("../apps/outgoing/standard.py"));
    project.build_with("standard.py:application", &["--cold"])
}

#[test]
fn wasmtime_serve() {
    let project = Project::new(&[]);
    check("wasmtime serve", &Server::wasmtime(&component(&project), &[]), &WASMTIME);
}

#[test]
fn jco_serve() {
    let project = Project::new(&[]);
    check("jco serve", &Server::jco(&component(&project), &[]), &JCO);
}
