//! Standard streams and clocks in a request.

use crate::harness::Server;
use serde_json::json;
use std::time::SystemTime;

#[test]
fn streams_and_clocks_are_there_for_each_request() {
    let server = Server::all_apps();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    // Streams that the first request closes are open in the second.
    for _ in 0..2 {
        let found = server.get(&format!("/standard?{now}")).json();
        let bad = json!("Bad file descriptor");
        let expected = json!({
            "input": "",
            "ready": [0],
            "long": 10019,
            "slept": true,
            "waited": [[], [], []],
            "now": true,
            "resolutions": [true, true],
            "written to the input": bad,
            "closed": null,
            "closed again": bad,
            "written after it": bad,
            "errors": 30,
        });
        assert_eq!(found, expected);
    }
    server.wait_for(&format!("app | standard.py says: {}", "x".repeat(1000)));
    server.wait_for("app ! standard.py says: still there");
}
