//! PEP 3333, "The start_response() Callable", "The write() Callable", "Error Handling".

use crate::harness::Server;

#[test]
fn a_second_call_without_exc_info_is_fatal() {
    let server = Server::all_apps();
    // Even if the first call was refused: "This includes the case where the first call […] raised an error."
    for way in ["plain", "after-refused"] {
        assert_eq!(server.get(&format!("/twice/{way}")).status, 500, "{way}");
    }
    server.wait_for("start_response() was called a second time without exc_info");
}

#[test]
fn with_exc_info_the_head_is_replaced() {
    let server = Server::all_apps();
    let reply = server.get("/twice/replacing");
    assert_eq!((reply.status, reply.text()), (503, "replaced"));
    assert_eq!((reply.header("x-old"), reply.header("x-new")), (None, Some("1")));
    let reply = server.get("/twice/refused-then-recovered");
    assert_eq!(reply.status, 500);
    assert!(reply.text().contains("'X-Bad'"));
}

#[test]
fn the_head_waits_for_the_first_block_that_is_not_empty() {
    // The application yields an empty block, then replaces its head, which works only while the head is not sent.
    let reply = Server::all_apps().get("/recovering");
    assert_eq!((reply.status, reply.text()), (503, "sorry"));
}

#[test]
fn once_the_head_is_out_the_very_error_is_raised_again() {
    assert_eq!(Server::all_apps().get("/twice/reraising").ok(), "out; same error: True");
}

#[test]
fn what_must_not_be_sent_is_refused_at_the_call() {
    let server = Server::all_apps();
    let cases = server.get("/refused/refused");
    assert!(cases.ok().lines().count() > 30);
    for case in cases.ok().lines() {
        let told = server.get(&format!("/refused/{case}"));
        assert!(told.ok().starts_with("start_response(): "), "{case}: {}", told.text());
        let named = match case.split_once('-').unwrap() {
            ("hop", name) => name.to_owned(),
            ("length", _) => "content-length".to_owned(),
            ("status" | "headers", _) => continue,
            ("name", "space") => "x bad".to_owned(),
            ("name", "empty") => "''".to_owned(),
            ("name", "latin") => "x-bäd".to_owned(),
            _ => "x-bad".to_owned(),
        };
        assert!(told.text().to_lowercase().contains(&named), "{case} is not named: {}", told.text());
    }
}

#[test]
fn what_is_written_has_left_before_write_returns() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.post_chunked("/writes");
    client.head();
    assert_eq!(client.chunk(), "ready");
    for line in ["one", "two"] {
        client.send_chunk(&format!("{line}\n"));
        assert_eq!(client.chunk(), format!("heard {line}"));
    }
    client.send_chunk("");
    assert_eq!([client.chunk(), client.chunk()], ["returned", ""]);
}

#[test]
fn writing_past_the_content_length_is_an_error_of_the_application() {
    let server = Server::all_apps();
    assert_eq!(server.get("/counted/write").ok(), "12345");
    server.wait_for("counted.py: write() was called with more bytes than the Content-Length allows");
}

#[test]
fn a_date_is_added_unless_the_application_has_its_own() {
    let server = Server::all_apps();
    assert!(server.get("/hello").header("date").is_some());
    let reply = server.get("/dated");
    let values = |name| reply.headers.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(values("date"), ["Thu, 01 Jan 1970 00:00:00 GMT"]);
    assert_eq!(values("server"), ["dated.py"]);
}

#[test]
fn an_error_is_trapped_and_logged_wherever_it_is_raised() {
    let server = Server::all_apps();
    let request = http::Request::get(server.url("/ending/error")).body(()).unwrap();
    server.try_request(request).expect_err("the first block was out");
    server.wait_for("RuntimeError: ending.py: on purpose");
}
