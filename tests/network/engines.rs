//! The same component connects on a stock engine, which lets it connect where it likes.

use super::others::{echo, echo_udp, told};
use crate::harness::{Project, Server};
use serde_json::json;

#[test]
fn wasmtime_serve() {
    let project = Project::new(&[]);
    project.write("standard.py", include_str!("../apps/network/standard.py"));
    let component = project.build_with("standard.py:application", &["--cold", "--network"]);
    let flags = ["-S", "inherit-network", "-S", "allow-ip-name-lookup", "-S", "tcp", "-S", "udp"];
    let server = Server::wasmtime(&component, &flags);
    let upstream = echo();
    let place = upstream.address().to_string();
    echo_udp(&place);
    assert_eq!(told(&server, "echo", &place), json!(["he", "hello", "", true, true, "AF_INET"]));
    assert_eq!(told(&server, "streams", &place), json!([0, 1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(told(&server, "udp", &place)[0], "to");
}
