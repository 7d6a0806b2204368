//! The client's address and the requested host come from the connection or a trusted proxy, never from a client.

use crate::harness::{Server, clients, wasgi};
use serde_json::{Value, json};

/// The application's view of a request with these headers.
fn told(server: &Server, path: &str, headers: &[(&str, &str)]) -> Value {
    let mut request = http::Request::get(server.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.request(request.body(()).expect("a sound request")).json()
}

const FORGED: [(&str, &str); 5] = [
    ("X-Forwarded-For", "6.6.6.6"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil"),
    ("X-Forwarded-Port", "666"),
    ("Wasgi-Remote-Addr", "6.6.6.6"),
];

#[test]
fn the_connection_tells_who_asks() {
    let server = Server::run("origin.py");
    let mut client = server.connect();
    let port = client.local_address().port().to_string();
    client.send("GET / HTTP/1.0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
    client.head();
    let told: Value = serde_json::from_str(&client.rest()).expect("JSON");
    assert_eq!(told["REMOTE_ADDR"], "127.0.0.1");
    assert_eq!(told["REMOTE_PORT"], port);
    assert_eq!(told["SERVER_PROTOCOL"], "HTTP/1.0");
    assert_eq!(told["SERVER_NAME"], "127.0.0.1");
    assert_eq!(told["SERVER_PORT"], server.address().port().to_string());
}

#[test]
fn protocols_are_told() {
    let server = Server::all_apps();
    assert_eq!(told(&server, "/origin", &[])["SERVER_PROTOCOL"], "HTTP/1.1");
    let mut client = clients::python("h2_client.py");
    client.args(["origin", &server.address().to_string()]);
    assert_eq!(clients::output(client).trim(), "HTTP/2");
}

#[test]
fn nobody_is_believed_by_default() {
    let server = Server::run("origin.py");
    let told = told(&server, "/", &FORGED);
    assert_eq!(told["REMOTE_ADDR"], "127.0.0.1");
    assert_eq!(told["wsgi.url_scheme"], "http");
    assert_eq!(told["HTTP_HOST"], server.address().to_string());
    // The headers themselves arrive unchanged.
    assert_eq!(told["HTTP_FORWARDED"], json!(["6.6.6.6", null]));
}

#[test]
fn only_the_named_proxies_are_believed() {
    let server = Server::run_with("origin.py", &["--forwarded-allow-ips", "10.0.0.0/8,::1"]);
    let told = told(&server, "/", &FORGED);
    assert_eq!((&told["REMOTE_ADDR"], &told["wsgi.url_scheme"]), (&json!("127.0.0.1"), &json!("http")));
}

#[test]
fn a_trusted_proxy_is_believed() {
    let server = Server::run_with("origin.py", &["--forwarded-allow-ips", "127.0.0.1, 10.0.0.0/8"]);
    let headers = [
        ("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.2.3"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "shop.example"),
        ("X-Forwarded-Port", "8443"),
    ];
    let told_of = told(&server, "/", &headers);
    assert_eq!(told_of["REMOTE_ADDR"], "203.0.113.9");
    assert_eq!(told_of["REMOTE_PORT"].as_str().unwrap_or_default(), "");
    assert_eq!(told_of["wsgi.url_scheme"], "https");
    assert_eq!(told_of["HTTP_HOST"], "shop.example:8443");
    assert_eq!((&told_of["SERVER_NAME"], &told_of["SERVER_PORT"]), (&json!("shop.example"), &json!("8443")));
    server.wait_for("203.0.113.9 GET / 200");

    let told_of = told(&server, "/", &[("Forwarded", "for=\"[2001:db8::7]:4711\";proto=https;host=shop.example")]);
    assert_eq!(told_of["REMOTE_ADDR"], "2001:db8::7");
    assert_eq!(told_of["REMOTE_PORT"], "4711");
    assert_eq!(told_of["HTTP_HOST"], "shop.example");
    assert_eq!(told_of["wsgi.url_scheme"], "https");
}

#[test]
fn a_proxy_that_contradicts_itself_is_refused() {
    let server = Server::run_with("origin.py", &["--forwarded-allow-ips", "*"]);
    for headers in [
        [("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "6.6.6.6")],
        [("Forwarded", "for=\"1.2.3.4"), ("X-Other", "1")],
        [("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Host", "a/b")],
    ] {
        let mut request = http::Request::get(server.url("/"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        assert_eq!(server.request(request.body(()).unwrap()).status, 400, "{headers:?}");
    }
}

#[test]
fn an_application_can_be_mounted() {
    let server = Server::run_with("origin.py", &["--script-name", "/shop/"]);
    for path in ["/shop", "/shop/", "/shop/a", "/%73hop/a"] {
        assert_eq!(told(&server, path, &[])["SCRIPT_NAME"], "/shop", "{path}");
    }
    for path in ["/", "/sho", "/shops", "/SHOP", "/other/shop"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    for (option, name, why) in [
        ("--script-name", "shop", "with a slash in front"),
        ("--script-name", "/sh%6Fp", "plain ASCII"),
        ("--forwarded-allow-ips", "localhost", "no address, network"),
    ] {
        let mut command = wasgi(&["run", "origin.py", option, name]);
        let output = command.output().expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{name}");
    }
}
