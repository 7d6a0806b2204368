//! TLS over connections, by the guest's own OpenSSL.

use super::others::told;
use crate::harness::{Authority, Project, Server, Upstream};
use serde_json::json;
use std::io::{Read, Write};
use std::sync::Arc;

/// Sends back what it gets, by TLS.
fn echoes(stream: &mut (impl Read + Write)) {
    let mut piece = [0; 16384];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        if stream.write_all(&piece[..count]).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// A server of TLS, and the application that trusts its authority.
fn secure(upgrades: bool) -> (Upstream, Project) {
    let authority = Arc::new(Authority::for_names(&["localhost", "127.0.0.1"]));
    let project = Project::new(&[]);
    project.write("ca.pem", &authority.pem);
    project.write("secure.py", include_str!("../apps/network/secure.py"));
    let upstream = Upstream::raw(move |mut tcp| {
        if upgrades {
            let mut asked = [0; 9];
            if tcp.read_exact(&mut asked).is_err() || &asked != b"STARTTLS\n" || tcp.write_all(b"ready").is_err() {
                return;
            }
        }
        echoes(&mut authority.accept(tcp));
    });
    (upstream, project)
}

fn serve(project: &Project, port: u16) -> (Server, String) {
    let place = format!("localhost:{port}");
    (project.run(&["secure.py:application", "--cold", "--allow-net", &place]), place)
}

#[test]
fn connections_are_verified_and_enciphered() {
    let (upstream, project) = secure(false);
    let (server, place) = serve(&project, upstream.address().port());
    assert_eq!(told(&server, "blocking", &place), json!(["TLSv1.3", true, true]));
    assert_eq!(told(&server, "nonblocking", &place), "hello");
    assert_eq!(told(&server, "streams", &place), "line\n");
}

#[test]
fn whom_no_known_authority_vouches_for_is_refused() {
    let (upstream, project) = secure(false);
    let (server, place) = serve(&project, upstream.address().port());
    assert_eq!(told(&server, "unknown", &place), json!(["SSLCertVerificationError", true]));
    assert_eq!(told(&server, "other_name", &place), "SSLCertVerificationError");
}

#[test]
fn certifis_authorities_are_the_defaults() {
    let (upstream, project) = secure(false);
    project.write("certifi.py", "def where():\n    return '/app/ca.pem'\n");
    let (server, place) = serve(&project, upstream.address().port());
    assert_eq!(told(&server, "by_default", &place), "hello");
}

#[test]
fn a_connection_is_upgraded_to_tls() {
    let (upstream, project) = secure(true);
    let (server, place) = serve(&project, upstream.address().port());
    assert_eq!(told(&server, "starttls", &place), json!(["ready", "upgraded"]));
}
