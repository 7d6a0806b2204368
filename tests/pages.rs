//! What a request costs in pages: each one that it writes to has to be restored before the next.

use crate::harness::Server;

/// Page faults of the cheapest of some requests, once the pool's slot has been used.
fn faults(server: &Server, path: &str) -> u64 {
    let faults = |usage: &str| {
        let value = usage.split(", ").find_map(|field| field.strip_prefix("faults=")).expect("a field");
        value.parse::<u64>().expect("a number")
    };
    let replies = (0..20).map(|_| server.get(path));
    replies.map(|reply| faults(reply.header("wasgi-usage").expect("--expose-usage"))).min().expect("some")
}

#[test]
fn a_small_request_takes_no_page_fault_where_memory_is_reset_by_a_scan() {
    let server = Server::run_with("hello.py", &["--expose-usage", "--concurrency", "1"]);
    let scans = server.log().contains("memory is reset by scan");
    let faults = faults(&server, "/");
    println!("{faults} page faults");
    assert!(faults <= if scans { 3 } else { 200 }, "{faults}");
}
