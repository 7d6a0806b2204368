//! Servers come and go behind a proxy under load, and no request is lost.

use super::load::{self, Load, POSTING};
use super::nodes::{Node, Versions};
use super::proxies::Proxy;
use crate::harness::wait_until;
use std::thread;

const KILLED: &str = "a server is killed";
const STOPPED: &str = "a server is stopped";

/// Kills the first server, stops and hands over the second, reloads the third; each then has the second version.
///
/// In each of `hard`, a client that sends what may not be sent twice may lose the request that was just there, and a next
/// one, while the proxy has connections whose end it has not seen, and the kernel still closes the door.
fn check(proxy: fn(&[Node]) -> Proxy, hard: &[&str]) {
    let versions = Versions::build();
    let mut nodes = [(); 3].map(|()| versions.node());
    let proxy = proxy(&nodes);
    wait_until("the proxy answers", || std::net::TcpStream::connect(proxy.address).is_ok());
    let load = Load::on(proxy.address);
    thread::scope(|scope| {
        load.start(scope);
        let _end = load.end();
        load.during("all serve", || ());
        load.during(KILLED, || nodes[0].kill());
        load.during("it is started again", || nodes[0].start());
        serves(&nodes[0]);
        load.during(STOPPED, || nodes[1].stop());
        load.during("it is started with the new version", || nodes[1].start());
        serves(&nodes[1]);
        load.during("a server hands over to a new process", || nodes[1].hand_over());
        serves(&nodes[1]);
        load.during("a server reads the new version", || nodes[2].reload());
        serves(&nodes[2]);
    });
    for lost in load.lost() {
        println!("while {}, lost: {:?}: {}", lost.during, lost.kind, lost.how.lines().next().unwrap_or_default());
    }
    let (excused, lost): (Vec<_>, Vec<_>) =
        load.lost().into_iter().partition(|lost| lost.kind.method == "POST" && hard.contains(&lost.during));
    assert!(lost.is_empty(), "{lost:?}");
    for when in hard {
        let count = excused.iter().filter(|lost| lost.during == *when).count();
        assert!(count <= 3 * POSTING, "while {when}: {excused:?}");
    }
    for node in &nodes {
        assert_eq!(node.bad(), Vec::<String>::new());
    }
    for number in 0..30 {
        let said = load::said(proxy.address, &format!("/after/{number}"));
        assert_eq!(said, format!("version 2 /after/{number} 127.0.0.1 http"));
    }
}

/// The proxy has found it.
fn serves(node: &Node) {
    let before = node.answered();
    wait_until("the proxy sends it requests", || node.answered() > before + 20.0);
}

/// It sees at `/readyz` that a server is about to end, which listens a while longer.
#[test]
fn haproxy_loses_no_request() {
    check(Proxy::haproxy, &[KILLED]);
}

/// It asks no server whether it is ready, and may have connected in the moment in which the door closes.
#[test]
fn nginx_loses_no_request() {
    check(Proxy::nginx, &[KILLED, STOPPED]);
}
