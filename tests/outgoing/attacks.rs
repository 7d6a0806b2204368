//! What a hostile guest, or a hostile upstream, does with requests to others.

use crate::harness::{Server, Upstream, wait_until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn letting_out(origins: &[&str], options: &[&str]) -> Server {
    let flags = origins.iter().flat_map(|origin| ["--allow-http", *origin]);
    let args = ["--cold"].into_iter().chain(flags).chain(options.iter().copied());
    Server::run_with("outgoing/hostile.py:application", &args.collect::<Vec<_>>())
}

fn told(server: &Server, way: &str, origin: &str) -> Value {
    server.get(&format!("/{way}?{origin}")).json()
}

#[test]
fn no_other_form_of_an_origin_passes_for_it() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin(), "https://*.example.com"], &[]);
    let said = told(&server, "forged", &upstream.origin());
    let passed: Vec<_> = said.as_object().unwrap().iter().filter(|(_, said)| said.is_number()).collect();
    assert_eq!(passed.len(), 1, "{passed:?}");
    assert_eq!(said[upstream.address().to_string()], 200, "{said}");
    assert_eq!(upstream.accepted(), 1);
}

#[test]
fn nothing_is_smuggled_past_the_head_of_a_request() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    let said = told(&server, "smuggled", &upstream.origin());
    for (name, said) in said.as_object().unwrap() {
        assert!(said.is_string(), "{name}: {said}");
    }
    assert_eq!(upstream.accepted(), 0, "{said}");
}

#[test]
fn a_redirect_leads_nowhere_that_is_not_named() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    let said = told(&server, "redirected", &upstream.origin());
    assert!(said.as_str().unwrap().contains("--allow-http http://169.254.169.254`"), "{said}");
}

#[test]
fn ten_thousand_connections_are_as_many_as_are_allowed() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &["--http-at-once", "8"]);
    let before = server.descriptors();
    let said = told(&server, "flood", &upstream.origin());
    assert_eq!(said, json!({ "waits": 10_000 }));
    assert!((1..=8).contains(&upstream.accepted()), "{} connections", upstream.accepted());
    wait_until("the connections go with their sandbox", || server.descriptors() <= before + 1);
}

#[test]
fn who_hoards_exchanges_is_ended_and_nobody_else() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    assert_eq!(server.get(&format!("/hoard?{}", upstream.origin())).status, 500);
    assert!(upstream.accepted() <= 16, "{} connections", upstream.accepted());
    server.wait_for("GET /hoard trapped");
    assert!(told(&server, "asked", &format!("/echo?{}", upstream.origin())).is_string());
}

#[test]
fn a_loop_is_stopped_and_told_once() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &["--http-requests", "20"]);
    assert_eq!(told(&server, "looping", &upstream.origin()), json!([20, "OSError"]));
    server.wait_for("--http-requests allows: further ones fail");
    assert_eq!(server.log().matches("--http-requests allows: further ones fail").count(), 1, "{}", server.log());
}

#[test]
fn who_never_answers_is_not_waited_for_without_end() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &["--http-timeout", "300ms"]);
    let began = Instant::now();
    let silent = server.get(&format!("/hang?{}", upstream.origin()));
    assert_eq!(silent.status, 500);
    server.wait_for("connection-read-timeout");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_deadline_ends_an_exchange_and_its_connection() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &["--timeout", "500ms"]);
    let before = server.descriptors();
    assert_eq!(server.get(&format!("/hang?{}", upstream.origin())).status, 504);
    wait_until("the connection goes with the request", || server.descriptors() <= before + 1);
}

#[test]
fn an_answer_without_end_ends() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &["--http-bytes", "8MiB"]);
    let said = told(&server, "huge", &upstream.origin());
    assert!(said.as_str().unwrap().contains("HTTP-response-body-size"), "{said}");
    server.wait_for("HTTP-response-body-size (--http-bytes)");
}

#[test]
fn what_nobody_reads_is_not_kept_in_the_hosts_memory() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    told(&server, "asked", &format!("/echo?{}", upstream.origin()));
    let more = server.peak_of(|| assert_eq!(told(&server, "unread", &upstream.origin()), "unread"));
    assert!(more < 16 << 10, "{more} KiB more");
}

#[test]
fn an_upstream_that_sends_garbage_is_an_error_and_no_more() {
    const GARBAGE: [(&[u8], &str); 8] = [
        (b"", "nothing"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "another protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello", "two lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no chunk"),
        (b"HTTP/1.1 99999 OK\r\n\r\n", "no status"),
        (b"HTTP/1.1 200 OK\r\nno field\r\n\r\n", "no field"),
        (b"\x16\x03\x01\x02\x00\x01", "TLS"),
    ];
    for (bytes, what) in GARBAGE {
        let upstream = Upstream::raw(move |mut tcp| {
            let _ = tcp.read(&mut [0; 4096]);
            let _ = tcp.write_all(bytes);
        });
        let server = letting_out(&[&upstream.origin()], &[]);
        let said = told(&server, "any_of", &upstream.origin());
        let is_known = matches!(said.as_str(), Some("ConnectionResetError" | "ConnectionAbortedError"));
        assert!(is_known, "{what}: {said}");
    }
}

#[test]
fn a_head_without_end_is_given_up() {
    let upstream = Upstream::raw(|mut tcp| {
        let _ = tcp.read(&mut [0; 4096]);
        let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\n");
        while tcp.write_all(&[b"A: ", &[b'x'; 4096][..], b"\r\n"].concat()).is_ok() {}
    });
    let ordinary = Upstream::start();
    let server = letting_out(&[&upstream.origin(), &ordinary.origin()], &[]);
    told(&server, "asked", &format!("/echo?{}", ordinary.origin()));
    let more = server.peak_of(|| assert_eq!(told(&server, "any_of", &upstream.origin()), "ConnectionResetError"));
    assert!(more < 16 << 10, "{more} KiB more");
}

#[test]
fn what_follows_a_response_does_not_reach_the_next_request() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    for _ in 0..20 {
        assert_eq!(told(&server, "asked", &format!("/smuggle?{}", upstream.origin())), "ok");
    }
}

#[test]
fn a_connection_that_knows_who_asks_is_not_kept() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    for _ in 0..3 {
        told(&server, "asked", &format!("/ntlm?{}", upstream.origin()));
    }
    assert_eq!(upstream.accepted(), 3);
    wait_until("nobody keeps them", || upstream.open() == 0);
}

#[test]
fn an_exchange_that_was_cut_off_leaves_no_connection_behind() {
    let upstream = Upstream::start();
    let server = letting_out(&[&upstream.origin()], &[]);
    assert_eq!(told(&server, "unread", &upstream.origin()), "unread");
    wait_until("its connection is closed", || upstream.open() == 0);
    let echo = told(&server, "asked", &format!("/echo?{}", upstream.origin()));
    let echo: Value = serde_json::from_str(echo.as_str().unwrap()).unwrap();
    assert_eq!((&echo["connection"], &echo["number"]), (&json!(2), &json!(1)));
}
