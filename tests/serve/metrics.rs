//! The figures of `/metrics` agree with a known load to the request.

use super::dashboard::Board;
use crate::harness::{Admin, Connection, Server, wait_until};
use std::collections::{BTreeMap, BTreeSet};

/// How often each path is asked for, and what becomes of it: a thousand in all, with the requests of [`crowd`].
const LOAD: [(&str, &str, usize, u16, &str); 9] = [
    ("GET", "/hello", 900, 200, "ok"),
    ("HEAD", "/hello", 20, 200, "ok"),
    ("POST", "/hello", 20, 200, "ok"),
    ("BREW", "/hello", 5, 200, "ok"),
    ("GET", "/status/404", 30, 404, "ok"),
    ("GET", "/raising/call", 8, 500, "error"),
    ("GET", "/hog/block", 4, 500, "memory-cap"),
    ("GET", "/stuck/sleep", 2, 504, "deadline"),
    ("GET", "/leaving/abort", 3, 500, "trap"),
];

/// Takes the only sandbox, then the only place in the queue, and `more` find neither.
pub fn crowd(server: &Server, admin: &Admin, more: usize) -> [Connection; 2] {
    let mut talking = server.connect();
    talking.post_chunked("/talk");
    talking.head();
    let mut queued = server.connect();
    queued.get("/hello");
    wait_until("it waits", || admin.samples()["wasgi_requests_queued"] == 1.0);
    assert_eq!(admin.samples()["wasgi_requests_active"], 1.0);
    for _ in 0..more {
        assert_eq!(server.get("/hello").status, 503);
    }
    [talking, queued]
}

/// Lets both of [`crowd`] come to their end.
pub fn disperse([mut talking, mut queued]: [Connection; 2]) {
    talking.send_chunk("");
    assert!(queued.head().starts_with("http/1.1 200 "));
}

fn sample(method: &str, status: u16, outcome: &str) -> String {
    format!("wasgi_requests_total{{method=\"{method}\",status=\"{status}\",outcome=\"{outcome}\"}}")
}

#[test]
fn a_known_load_is_counted_to_the_request() {
    let limits = ["--concurrency", "1", "--queue", "1", "--timeout", "4s", "--access-log-file", "none"];
    let server = Server::all_apps_with(&[&["--admin", "127.0.0.1:0"], &limits[..]].concat());
    let admin = server.admin();
    assert!(!admin.samples().keys().any(|name| name.starts_with("wasgi_requests_total")), "none so far");
    for (method, path, times, status, _) in LOAD {
        for _ in 0..times {
            let request = http::Request::builder().method(method).uri(server.url(path)).body(()).unwrap();
            assert_eq!(server.request(request).status, status, "{method} {path}");
        }
    }
    disperse(crowd(&server, &admin, 6));
    let mut expected = BTreeMap::new();
    for (method, _, times, status, outcome) in LOAD {
        let method = if method == "BREW" { "other" } else { method };
        *expected.entry(sample(method, status, outcome)).or_insert(0.0) += times as f64;
    }
    *expected.get_mut(&sample("GET", 200, "ok")).unwrap() += 1.0;
    expected.insert(sample("POST", 200, "ok"), 21.0);
    expected.insert(sample("GET", 503, "busy"), 6.0);
    let counted = || {
        let samples = admin.samples().into_iter();
        samples.filter(|(name, _)| name.starts_with("wasgi_requests_total")).collect::<BTreeMap<_, _>>()
    };
    wait_until("the last one is over", || counted().values().sum::<f64>() >= 1000.0);
    assert_eq!(counted(), expected);
    let samples = admin.samples();
    for histogram in ["duration_seconds", "cpu_seconds", "memory_peak_bytes", "page_faults"] {
        assert_eq!(samples[&format!("wasgi_request_{histogram}_count")], 1000.0);
        assert_eq!(samples[&format!("wasgi_request_{histogram}_bucket{{le=\"+Inf\"}}")], 1000.0);
        assert!(samples[&format!("wasgi_request_{histogram}_sum")] > 0.0);
    }
    assert_eq!(samples["wasgi_memory_cap_reached_total"], 4.0);
    // Two of them slept for all of their time; six had no sandbox, so no memory.
    assert!(samples["wasgi_request_duration_seconds_sum"] > 8.0);
    assert_eq!(samples["wasgi_request_memory_peak_bytes_bucket{le=\"1048576.0\"}"], 6.0);
    for (name, value) in [("wasgi_ready", 1.0), ("wasgi_sandboxes_limit", 1.0), ("wasgi_reset_differences_total", 0.0)]
    {
        assert_eq!(samples[name], value, "{name}");
    }
}

#[test]
fn each_metric_is_in_the_reference_and_the_dashboard_asks_for_no_other() {
    let server = Server::run_with("hello.py", &["--admin", "127.0.0.1:0"]);
    server.get("/").ok();
    // A request counts when it is over, as its line says.
    server.wait_for("GET / 200");
    let types = server.admin().types();
    let reference = include_str!("../../docs/reference/metrics.md");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        let name = cells.next()?.trim_end().trim_end_matches('`').to_owned();
        let is_metric = name.starts_with("wasgi_") || name.starts_with("process_");
        is_metric.then_some((name, cells.next()?.trim().to_owned()))
    };
    assert_eq!(reference.lines().filter_map(row).collect::<BTreeMap<_, _>>(), types);
    let asked = Board::read().queries();
    assert!(asked.len() > 10);
    let samples: BTreeSet<_> = server.admin().samples().into_keys().collect();
    for name in asked.iter().flat_map(|query| names(&query.expression)) {
        let is_known = |sample: &String| sample.split('{').next() == Some(name);
        assert!(samples.iter().any(is_known), "{name} is no metric of the server's");
    }
}

/// The metrics in an expression.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("wasgi_") || word.starts_with("process_"))
}
