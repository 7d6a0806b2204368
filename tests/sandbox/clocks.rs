//! A request's clocks, and what they must not reveal.

use crate::harness::Server;
use std::thread;
use std::time::Duration;

/// Sandboxes are prepared in advance. How long one has waited for its request would reveal the server's load.
#[test]
fn the_monotonic_clock_stands_still_while_a_sandbox_waits() {
    const IDLE: Duration = Duration::from_secs(1);
    let server = Server::run("elapsed.py");
    let passed = || server.get("/").ok().parse::<f64>().expect("seconds");
    let before = passed();
    // Does not wait for an event: the sandbox must not see this time pass.
    thread::sleep(IDLE);
    let after = passed();
    assert!((after - before).abs() < IDLE.as_secs_f64() / 2.0, "{before} s, then {after} s");
}
