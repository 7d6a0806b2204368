//! Reference counts and cycle collection in a sandbox: docs/internals/memory.md.

use crate::harness::Server;

#[test]
fn what_an_import_left_is_counted_no_more_and_what_a_request_makes_is() {
    let server = Server::run("counted_references.py");
    let counts = server.get("/counts").json();
    // CPython's count of an immortal object with 32-bit pointers: Include/object.h.
    assert_eq!(counts["imported"], (1 << 30) - 1, "{counts}");
    assert_eq!(counts["own"], 1, "{counts}");
    assert!(counts["frozen"].as_u64() > Some(1000), "{counts}");
    let freed = server.get("/freed").json();
    assert!(freed.as_object().expect("an object").values().all(|value| value == true), "{freed}");
    // Nor when the request drops it.
    assert_eq!(server.get("/dropped").json()["imported one lives"], true);
}
