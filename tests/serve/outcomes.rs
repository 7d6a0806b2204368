//! The outcome of a request, one word in its log line and in `Wasgi-Usage`.

use crate::harness::Server;

/// The last word of the request's log line, before any remarks.
fn logged(server: &Server, route: &str) -> String {
    let line = server.wait_for(&format!(" {route} "));
    let (figures, _) = line.split_once(", ").unwrap_or((&line, ""));
    figures.rsplit(' ').next().expect("words").to_owned()
}

fn in_header(server: &Server, path: &str) -> String {
    let usage = server.get(path).header("wasgi-usage").expect("--expose-usage").to_owned();
    let outcome = usage.split(", ").find_map(|field| field.strip_prefix("outcome="));
    outcome.expect("an outcome").to_owned()
}

#[test]
fn header_and_log_agree() {
    let server = Server::all_apps_with(&["--expose-usage", "--timeout", "1s", "--target", "100", "--random", "64KiB"]);
    let long = format!("/{}", "x".repeat(200));
    for (path, status, outcome) in [
        ("/hello", "200", "ok"),
        ("/raising/call", "500", "error"),
        ("/hog/block", "500", "memory-cap"),
        ("/hog/caught", "200", "ok"),
        ("/stuck/loop", "504", "deadline"),
        ("/leaving/abort", "500", "trap"),
        ("/fresh/flood", "500", "trap"),
        (&long, "414", "refused"),
    ] {
        assert_eq!(in_header(&server, path), outcome, "{path}");
        assert_eq!(logged(&server, &format!("GET {path} {status}")), outcome, "{path}");
    }
}

#[test]
fn what_is_cut_off_says_why() {
    let server = Server::all_apps_with(&["--timeout", "1s", "--response", "1MiB"]);
    for (path, outcome) in [
        ("/raising/second", "cut-off"),
        ("/raising/short", "cut-off"),
        ("/closing/endless", "cut-off"),
        ("/stuck/later", "deadline"),
    ] {
        let request = http::Request::get(server.url(path)).body(()).unwrap();
        assert!(server.try_request(request).is_err(), "{path}");
        assert_eq!(logged(&server, &format!("GET {path} 200")), outcome, "{path}");
    }
}

#[test]
fn a_client_that_leaves_is_told_from_an_answer_that_was_cut() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.get("/closing/endless");
    client.head();
    client.close();
    assert_eq!(logged(&server, "GET /closing/endless 200"), "client-gone");
}
