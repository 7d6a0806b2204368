//! HTTP/2 by prior knowledge and over TLS, with an independent client; HTTPS itself.

use crate::harness::{Project, Server, clients, wasgi};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

/// A self-signed certificate and its key, as PEM files.
struct Certificate(Project);

impl Certificate {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        Certificate(Project::new(&[("cert.pem", &cert), ("key.pem", &key)]))
    }

    fn path(&self, file: &str) -> String {
        self.0.path(file).to_str().expect("UTF-8").to_owned()
    }

    fn server(&self, more: &[&str]) -> Server {
        let (cert, key) = (self.path("cert.pem"), self.path("key.pem"));
        Server::all_apps_with(&[&["--tls-cert", &cert, "--tls-key", &key], more].concat())
    }

    /// Sends a request in HTTP/1.1.
    fn ask(&self, server: &Server, alpn: &str) {
        let mut client = clients::python("https_client.py");
        client.args([&server.address().to_string(), &self.path("cert.pem"), alpn]);
        assert_eq!(clients::output(client).trim(), "200 https");
    }
}

fn client(conversation: &str, server: &Server) -> Command {
    let mut client = clients::python("h2_client.py");
    client.args([conversation, &server.address().to_string()]);
    client
}

fn converse(conversation: &str, server: &Server) -> String {
    clients::output(client(conversation, server))
}

/// Starts a conversation that waits for a signal to go on.
fn begin(conversation: &str, server: &Server) -> Child {
    let mut client = client(conversation, server);
    client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs")
}

fn tell(child: &mut Child, text: &str) {
    writeln!(child.stdin.as_mut().expect("piped"), "{text}").expect("it listens");
}

fn succeed(child: Child) -> String {
    let output = child.wait_with_output().expect("it is our child");
    assert!(output.status.success(), "see its traceback above");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn ordinary_conversations() {
    let server = Server::all_apps();
    for conversation in ["hello", "bodies", "together", "head"] {
        converse(conversation, &server);
    }
}

#[test]
fn environ_is_that_of_http_1() {
    let server = Server::all_apps();
    let environ: Value = serde_json::from_str(&converse("environ", &server)).expect("JSON");
    assert_eq!(environ["HTTP_HOST"], server.address().to_string());
    assert_eq!(environ["SERVER_PORT"], server.address().port().to_string());
    assert_eq!(environ["PATH_INFO"], "/environs/a");
    assert_eq!(environ["QUERY_STRING"], "b=c");
    assert_eq!(environ["HTTP_X_SEVERAL"], "1, 2");
    assert_eq!(environ["wsgi.url_scheme"], "http");
}

#[test]
fn a_stream_that_is_given_up_ends_its_request() {
    let server = Server::all_apps_with(&["--timeout", "3600s"]);
    converse("reset", &server);
    server.wait_for("app | closed /farewell/later/sleep");
    let mut early = begin("early_reset", &server);
    server.wait_for("app | waiting /farewell/sleep");
    tell(&mut early, "");
    succeed(early);
    server.wait_for("app | closed /farewell/sleep");
}

#[test]
fn a_stream_without_window_holds_no_sandbox_beyond_the_deadline() {
    let server = Server::all_apps_with(&["--timeout", "2s", "--concurrency", "1"]);
    let mut client = begin("no_window", &server);
    server.wait_for("app | closed /closing/endless");
    assert_eq!(server.get("/hello").status, 200);
    tell(&mut client, "");
    succeed(client);
}

#[test]
fn malformed_requests_are_refused() {
    let server = Server::all_apps();
    let mut client = begin("refused", &server);
    tell(
        &mut client,
        r#"[{":path": "hello"}, {":path": ""}, {":path": "*"}, {":authority": "a/b"}, {":authority": "me@a"},
            {"host": "other"}, {"connection": "close"}, {"transfer-encoding": "chunked"}, {"content-length": "3"},
            {"content-length": "-1"}, {":method": "CONNECT", ":path": null, ":scheme": null}, {"X-Upper": "1"},
            {"x-line": "a\r\nb: c"}, {":authority": ""}, {":path": null}]"#
            .replace('\n', " ")
            .trim(),
    );
    assert_eq!(succeed(client).lines().count(), 15);
    assert!(!server.log().contains("GET /hello 200"), "none of them was served");
}

#[test]
fn limits_hold() {
    let server = Server::all_apps_with(&["--headers", "100", "--concurrency", "7"]);
    let told: Value = serde_json::from_str(converse("limits", &server).trim()).expect("JSON");
    assert_eq!(told, serde_json::json!({"streams": 7, "headers": 65536}));
}

#[test]
fn a_flood_of_resets_ends_the_connection() {
    let server = Server::all_apps();
    converse("flood", &server);
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn what_is_in_flight_is_answered_when_the_server_stops() {
    let mut server = Server::all_apps();
    let mut client = begin("goodbye", &server);
    // The client prints a line when the first block of its response has arrived.
    let mut said = String::new();
    BufReader::new(client.stdout.as_mut().expect("piped")).read_line(&mut said).expect("a line");
    server.interrupt();
    succeed(client);
    assert_eq!(server.wait_for_end().code(), Some(0));
}

#[test]
fn tls_offers_both() {
    let certificate = Certificate::new();
    let server = certificate.server(&[]);
    let mut by_h2 = client("environ", &server);
    by_h2.arg(certificate.path("cert.pem"));
    let environ: Value = serde_json::from_str(&clients::output(by_h2)).expect("JSON");
    assert_eq!(environ["wsgi.url_scheme"], "https");
    assert_eq!(environ["HTTPS"], "on");
    for alpn in ["http/1.1", "none"] {
        certificate.ask(&server, alpn);
    }
}

#[test]
fn who_does_not_finish_its_handshake_makes_room() {
    let certificate = Certificate::new();
    let server = certificate.server(&["--connections", "2", "--header-timeout", "3600s"]);
    for begun in ["", "\x16\x03\x01"] {
        let mut idle = [server.connect(), server.connect()];
        idle.iter_mut().for_each(|client| client.send(begun));
        certificate.ask(&server, "http/1.1");
        idle[0].ends();
    }
}

#[test]
fn what_is_no_tls_is_told() {
    let server = Certificate::new().server(&[]);
    let mut plain = server.connect();
    plain.get("/hello");
    assert!(!plain.what_comes().contains("200"));
    server.wait_for("no TLS connection came about");
}

#[test]
fn unusable_files_are_told() {
    let (one, other) = (Certificate::new(), Certificate::new());
    let refused = |cert: &str, key: &str| {
        let mut command = wasgi(&["run", "hello.py"]);
        command.args(["--tls-cert", cert, "--tls-key", key, "--bind", "127.0.0.1:0"]);
        crate::harness::refused(command)
    };
    let (cert, key) = (one.path("cert.pem"), one.path("key.pem"));
    for (said, why) in [
        (refused(&cert, &other.path("key.pem")), "is not the key of the certificate"),
        (refused(&key, &key), "there is no certificate in it"),
        (refused(&cert, &cert), "there is no private key in it"),
        (refused(&one.path("none.pem"), &key), "cannot be read"),
    ] {
        assert!(said.contains(why), "{said}");
    }
}
