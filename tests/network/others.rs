//! Those whom applications connect to: threads of the test, on loopback.

use crate::harness::{Server, Upstream};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::thread;

/// Sends back what it gets.
pub fn echo() -> Upstream {
    Upstream::raw(echoes)
}

pub fn echoes(mut tcp: TcpStream) {
    let mut piece = [0; 65536];
    while let Ok(count @ 1..) = tcp.read(&mut piece) {
        if tcp.write_all(&piece[..count]).is_err() {
            return;
        }
    }
}

/// The same by UDP.
pub fn echo_udp(address: &str) -> SocketAddr {
    let socket = UdpSocket::bind(address).expect("a free port");
    let own = socket.local_addr().expect("bound");
    thread::spawn(move || {
        let mut datagram = [0; 65536];
        while let Ok((count, sender)) = socket.recv_from(&mut datagram) {
            let _ = socket.send_to(&datagram[..count], sender);
        }
    });
    own
}

/// Says nothing for as long as it is connected to.
pub fn silent() -> Upstream {
    Upstream::raw(|mut tcp| while let Ok(1..) = tcp.read(&mut [0; 1024]) {})
}

/// Serves an application of `tests/apps/network` with connections to these granted.
pub fn granting(app: &str, grants: &[&str], options: &[&str]) -> Server {
    let flags = grants.iter().flat_map(|grant| ["--allow-net", *grant]);
    let args = ["--cold"].into_iter().chain(flags).chain(options.iter().copied());
    Server::run_with(&format!("network/{app}.py:application"), &args.collect::<Vec<_>>())
}

/// What the application says of a place.
pub fn told(server: &Server, way: &str, place: &str) -> Value {
    server.get(&format!("/{way}?{place}")).json()
}
