//! `--proxy-protocol`: who the client is, as a trusted proxy says it in front of the connection.

use crate::harness::{Connection, Project, Server, refused, wasgi};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

const LINE: &[u8] = b"PROXY TCP4 192.0.2.7 198.51.100.1 56250 443\r\n";
const UNKNOWN: &[u8] = b"PROXY UNKNOWN\r\n";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const FORGED: &str = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";

/// A header of version 2; `family` is 0x11 for IPv4 and 0x21 for IPv6.
fn binary(command: u8, family: u8, rest: &[&[u8]]) -> Vec<u8> {
    let rest = rest.concat();
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[0x20 | command, family], &length, &rest].concat()
}

const IPV4: &[u8] = &[192, 0, 2, 8, 198, 51, 100, 1, 0, 80, 0, 81];
/// ALPN, and the client's TLS: what HAProxy's send-proxy-v2-ssl adds.
const BY_TLS: &[u8] =
    &[0x01, 0, 2, b'h', b'2', 0x20, 0, 15, 1, 0, 0, 0, 0, 0x21, 0, 7, b'T', b'L', b'S', b'v', b'1', b'.', b'3'];

fn serving(trusted: &str, more: &[&str]) -> Server {
    Server::run_with("origin.py", &[&["--proxy-protocol", "--forwarded-allow-ips", trusted], more].concat())
}

/// What the application sees of a request.
fn told(client: &mut Connection, lines: &str) -> Value {
    client.send(format!("GET / HTTP/1.1\r\nHost: test\r\n{lines}\r\n"));
    let head = client.head();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    serde_json::from_str(&client.body(length.parse().unwrap())).expect("JSON")
}

fn origin(told: &Value) -> [&str; 3] {
    ["REMOTE_ADDR", "REMOTE_PORT", "wsgi.url_scheme"].map(|key| told[key].as_str().unwrap_or("none"))
}

#[test]
fn a_connection_is_its_clients_in_both_versions() {
    let server = serving("127.0.0.1", &[]);
    let ipv6: &[u8] = &[&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[1], &[0; 15], &[1, 0, 80, 1, 0xbb]].concat();
    for (header, expected) in [
        (LINE.to_vec(), ["192.0.2.7", "56250", "http"]),
        (b"PROXY TCP6 2001:db8::1 ::1 80 443\r\n".to_vec(), ["2001:db8::1", "80", "http"]),
        (binary(1, 0x11, &[IPV4]), ["192.0.2.8", "80", "http"]),
        (binary(1, 0x11, &[IPV4, BY_TLS]), ["192.0.2.8", "80", "https"]),
        (binary(1, 0x21, &[ipv6]), ["2001:db8::1", "80", "http"]),
    ] {
        let mut client = server.connect();
        client.send(&header);
        for _ in 0..2 {
            assert_eq!(origin(&told(&mut client, FORGED)), expected, "{}", header.escape_ascii());
        }
    }
    server.wait_for("192.0.2.7 GET / 200");
}

#[test]
fn a_header_may_come_in_pieces_and_with_the_request() {
    let server = serving("127.0.0.1", &[]);
    let request: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
    for header in [LINE.to_vec(), binary(1, 0x11, &[IPV4, BY_TLS])] {
        let mut whole = server.connect();
        whole.send([&header[..], request].concat());
        let mut pieces = server.connect();
        header.chunks(1).chain([request]).for_each(|piece| pieces.send(piece));
        for client in [&mut whole, &mut pieces] {
            client.head();
            let told: Value = serde_json::from_str(&client.rest()).expect("JSON");
            assert!(told["REMOTE_ADDR"].as_str().unwrap().starts_with("192.0.2."));
            assert_eq!(told["SERVER_NAME"], "198.51.100.1", "where the client has connected to");
        }
    }
}

#[test]
fn forwarded_headers_are_the_clients_unless_it_is_a_trusted_proxy_itself() {
    let server = serving("127.0.0.1,192.0.2.0/24", &[]);
    for (header, expected) in [
        (LINE.to_vec(), ["203.0.113.9", "none", "https"]),
        (b"PROXY TCP4 198.51.100.1 198.51.100.2 5 6\r\n".to_vec(), ["198.51.100.1", "5", "http"]),
        // The proxy's own connection.
        (binary(0, 0, &[]), ["203.0.113.9", "none", "https"]),
    ] {
        let mut client = server.connect();
        client.send(&header);
        assert_eq!(origin(&told(&mut client, FORGED)), expected, "{}", header.escape_ascii());
    }
    let mut client = server.connect();
    client.send(UNKNOWN);
    let port = client.local_address().port().to_string();
    assert_eq!(origin(&told(&mut client, FORGED)), ["127.0.0.1", &port, "http"], "nobody knows who that is");
}

#[test]
fn what_has_no_sound_header_is_refused_and_told() {
    let server = serving("127.0.0.1", &["--header-timeout", "1s"]);
    for (bytes, why) in [
        (
            b"GET / HTTP/1.1\r\nHost: test\r\n\r\n".to_vec(),
            "does not begin with a PROXY header: have the proxy send one",
        ),
        ([&b"PROXY TCP4 "[..], &[b'1'; 200]].concat(), "its PROXY header is too long: at most 4096 bytes"),
        (binary(1, 0x11, &[&[0; 5000]]), "its PROXY header is too long"),
        (b"PROXY TCP4 ::1 ::1 1 2\r\n".to_vec(), "its PROXY header is malformed: "),
        (LINE[..20].to_vec(), "its PROXY header took too long (--header-timeout)"),
    ] {
        let mut client = server.connect();
        let _ = client.try_send(&bytes);
        assert_eq!(client.what_comes(), "", "{}", bytes.escape_ascii());
        server.wait_for(&format!("wasgi: 127.0.0.1:{}: ", client.local_address().port()));
        server.wait_for(why);
    }
    // Who connects and leaves, as a check of the port does, is none.
    let port = server.connect().local_address().port();
    let mut client = server.connect();
    client.send(LINE);
    told(&mut client, "");
    assert!(!server.log().contains(&format!("127.0.0.1:{port}: ")), "{}", server.log());
}

#[test]
fn nobody_else_may_connect() {
    let server = serving("10.0.0.0/8", &[]);
    let mut client = server.connect();
    let _ = client.try_send(LINE);
    assert_eq!(client.what_comes(), "");
    server.wait_for("takes connections from trusted proxies alone: name this one by --forwarded-allow-ips");
    let message = refused(wasgi(&["run", "origin.py", "--proxy-protocol", "--bind", "127.0.0.1:0"]));
    assert!(message.contains("--proxy-protocol: name the proxies by --forwarded-allow-ips"), "{message}");
}

#[test]
fn programs_of_this_machine_may_speak_for_clients() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let unix = format!("unix:{}", path.display());
    let listen = ["run", "origin.py", "--proxy-protocol", "--forwarded-allow-ips", "10.0.0.1", "--bind", &unix];
    let server = Server::start(wasgi(&listen));
    for (header, expected) in [(LINE.to_vec(), "\"192.0.2.7\""), (binary(0, 0, &[]), "\"203.0.113.9\"")] {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(&header).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: test\r\n{FORGED}Connection: close\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.contains(&format!("\"REMOTE_ADDR\": {expected}")), "{reply}");
    }
    server.wait_for("192.0.2.7 GET / 200");
}

#[test]
fn tls_comes_behind_it() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = [("cert.pem", &*made.cert.pem()), ("key.pem", &*made.signing_key.serialize_pem())];
    let project = Project::new(&files);
    let path = |name: &str| project.path(name).to_str().expect("UTF-8").to_owned();
    let server = serving("127.0.0.1", &["--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")]);
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config.with_no_client_auth()), name).unwrap();
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.write_all(LINE).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply);
    assert!(
        reply.contains("\"REMOTE_ADDR\": \"192.0.2.7\"") && reply.contains("\"wsgi.url_scheme\": \"https\""),
        "{reply}"
    );
}
