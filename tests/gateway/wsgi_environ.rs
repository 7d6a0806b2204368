//! PEP 3333, "environ Variables", "Unicode Issues", "URL Reconstruction", "Application Configuration".

use crate::harness::Server;
use serde_json::json;

/// Connection settings in wasi:cli/environment. Address and protocol are those of the tests' own client, so that the
/// values are right on any host that sets them.
const CONNECTION: [&str; 6] = [
    "--env",
    "WASGI_REMOTE_ADDR=127.0.0.1",
    "--env",
    "WASGI_REMOTE_PORT=4711",
    "--env",
    "WASGI_SERVER_PROTOCOL=HTTP/1.1",
];
const MOUNT: [&str; 2] = ["--env", "WASGI_SCRIPT_NAME=/sh%6Fp"];

#[test]
fn the_application_is_called_with_two_arguments_by_position() {
    assert_eq!(Server::run("positional.py").get("/").ok(), "2 by position, 0 by name, dict");
}

#[test]
fn environ_is_a_dict_of_native_strings() {
    let server = Server::all_apps();
    let request = http::Request::post(server.url("/natives/caf%C3%A9%ff?%ff")).header("X-Latin", b"\xe9".as_slice());
    let reply = server.request(request.header("Cookie", b"a=\xff".as_slice()).body("body").unwrap());
    assert_eq!(reply.ok(), "True tuple []");
}

#[test]
fn environ_may_be_changed_at_will() {
    let server = Server::all_apps();
    for _ in 0..3 {
        assert_eq!(server.get("/changing").ok(), "(False, False, '')");
    }
}

#[test]
fn what_is_required_is_never_empty() {
    let server = Server::all_apps();
    let mut client = server.connect();
    // A minimal request.
    client.send("GET /environs HTTP/1.1\r\nHost:a\r\nConnection: close\r\n\r\n");
    let reply = client.rest();
    let environ: serde_json::Value = serde_json::from_str(reply.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    for key in ["REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.url_scheme"] {
        assert_ne!(environ[key].as_str().unwrap_or_default(), "", "{key}");
    }
    // Variables that the request does not have are missing, not empty.
    for key in ["CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_USER_AGENT", "REMOTE_USER", "AUTH_TYPE", "HTTPS"] {
        assert_eq!(environ[key], json!(null), "{key}");
    }
    assert!(environ["SERVER_SOFTWARE"].as_str().unwrap().starts_with("wasgi/"));
}

#[test]
fn repeated_headers_are_joined_and_cookies_by_semicolon() {
    let server = Server::all_apps();
    let mut request = http::Request::get(server.url("/environs"));
    for (name, value) in [("Cookie", "a=1"), ("X-Several", "one"), ("Cookie", "b=2,3"), ("X-Several", "two, three")] {
        request = request.header(name, value);
    }
    let environ = server.request(request.body(()).unwrap()).json();
    assert_eq!(environ["HTTP_COOKIE"], "a=1; b=2,3");
    assert_eq!(environ["HTTP_X_SEVERAL"], "one, two, three");
}

#[test]
fn headers_become_keys_whatever_their_names() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send(
        "POST /environs HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 0\r\nCONTENT-TYPE: a/b\r\n\
         X-Forwarded-For: 1\r\nACCEPT: a\r\nx-oDD-1!: odd\r\naccept: b\r\n\r\n",
    );
    let reply = client.rest();
    let environ: serde_json::Value = serde_json::from_str(reply.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    for (key, value) in [
        ("CONTENT_LENGTH", json!("0")),
        ("CONTENT_TYPE", json!("a/b")),
        ("HTTP_ACCEPT", json!("a, b")),
        ("HTTP_CONTENT_LENGTH", json!(null)),
        ("HTTP_CONTENT_TYPE", json!(null)),
        ("HTTP_X_FORWARDED_FOR", json!("1")),
        ("HTTP_X_ODD_1!", json!("odd")),
    ] {
        assert_eq!(environ[key], value, "{key}");
    }
}

#[test]
fn a_name_with_an_underscore_cannot_pose_as_one_with_a_hyphen() {
    let server = Server::all_apps();
    let mut request = http::Request::get(server.url("/environs")).header("X-Real-Ip", "true");
    for name in ["X_Real_Ip", "X-Real_Ip", "Content_Length", "X_Only"] {
        request = request.header(name, "forged");
    }
    let environ = server.request(request.body(()).unwrap()).json();
    assert_eq!(environ["HTTP_X_REAL_IP"], "true");
    assert!(!environ.to_string().contains("forged"), "{environ}");
}

#[test]
fn hop_by_hop_headers_are_the_servers_business() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send(
        "POST /environs HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    );
    let reply = client.rest();
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    for key in ["HTTP_TRANSFER_ENCODING", "HTTP_CONNECTION", "\"CONTENT_LENGTH\""] {
        assert!(!reply.contains(key), "{key}: {reply}");
    }
    assert!(reply.contains("\"wsgi.input_terminated\": true"), "{reply}");
}

#[test]
fn the_host_tells_the_connection_where_no_client_can() {
    let server = Server::all_apps_with(&CONNECTION);
    let mut request = http::Request::get(server.url("/environs"));
    for name in ["WASGI-REMOTE-ADDR", "WASGI_REMOTE_ADDR", "REMOTE_ADDR", "Remote-Addr", "Server-Protocol"] {
        request = request.header(name, "forged");
    }
    let environ = server.request(request.body(()).unwrap()).json();
    assert_eq!(environ["REMOTE_ADDR"], "127.0.0.1");
    assert_eq!(environ["REMOTE_HOST"], "127.0.0.1");
    assert!(environ["REMOTE_PORT"].as_str().unwrap().parse::<u16>().is_ok(), "{environ}");
    assert_eq!(environ["SERVER_PROTOCOL"], "HTTP/1.1");
    assert!(!environ.to_string().contains("\"WASGI_"), "{environ}");
    assert_eq!(server.get("/looking").json()["variables"], json!({}), "none of it is in os.environ");
}

#[test]
fn a_mount_is_the_first_part_of_the_path() {
    let server = Server::run_with("environs.py", &MOUNT);
    for (path, script_name, path_info) in
        [("/shop", "/shop", ""), ("/shop/", "/shop", "/"), ("/%73hop/a%2Fb?q", "/shop", "/a/b")]
    {
        let environ = server.get(path).json();
        assert_eq!(
            (&environ["SCRIPT_NAME"], &environ["PATH_INFO"]),
            (&json!(script_name), &json!(path_info)),
            "{path}"
        );
    }
}

#[test]
fn a_url_can_be_put_together_again() {
    let server = Server::all_apps();
    for path in ["/url", "/url/", "/url/a%20b/caf%C3%A9?q=%20&r", "/url/%FF%25"] {
        assert_eq!(server.get(path).ok(), server.url(path));
    }
    let mounted = Server::run_with("url.py", &MOUNT);
    for path in ["/shop", "/shop/cart?x=1"] {
        assert_eq!(mounted.get(path).ok(), mounted.url(path));
    }
}

#[test]
fn a_deployer_may_put_pairs_into_the_environ() {
    let options =
        ["--env", "shop.database=/db", "--env", "CITY=Köln", "--env", "HTTP_PROXY=no header", "--env", "PATH_INFO=/x"];
    let environ = Server::all_apps_with(&options).get("/environs").json();
    assert_eq!((&environ["shop.database"], &environ["CITY"]), (&json!("/db"), &json!("K\u{c3}\u{b6}ln")));
    assert_eq!((&environ["HTTP_PROXY"], &environ["PATH_INFO"]), (&json!(null), &json!("/environs")));
}
