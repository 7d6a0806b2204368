//! What a request's clocks tell, and what they do not.

use crate::harness::Server;
use std::thread;
use std::time::Duration;

/// Sandboxes are made ahead. For how long one has waited for its request would tell how busy the server is.
#[test]
fn the_monotonic_clock_stands_still_while_a_sandbox_waits() {
    const IDLE: Duration = Duration::from_secs(1);
    let server = Server::run("elapsed.py");
    let passed = || server.get("/").ok().parse::<f64>().expect("seconds");
    let before = passed();
    // Not for something to happen: this is what must not be seen.
    thread::sleep(IDLE);
    let after = passed();
    assert!((after - before).abs() < IDLE.as_secs_f64() / 2.0, "{before} s, then {after} s");
}
