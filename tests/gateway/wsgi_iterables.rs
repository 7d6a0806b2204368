//! PEP 3333, "Specification Details", "Handling the Content-Length Header", "Buffering and Streaming",
//! "Optional Platform-Specific File Handling".

use crate::harness::{Reply, Server};

fn length(reply: &Reply) -> Option<&str> {
    let length = reply.header("content-length");
    let chunked = reply.header("transfer-encoding") == Some("chunked");
    assert_ne!(length.is_some(), chunked, "one of the two tells where the body ends: {:?}", reply.headers);
    length
}

#[test]
fn every_shape_of_iterable_is_sent() {
    let server = Server::all_apps();
    for (shape, body) in [
        ("tuple", "tuple"),
        ("two", "two"),
        ("generator", "generator"),
        ("gaps", "between gaps"),
        ("map", "map"),
        ("old", "old style"),
    ] {
        assert_eq!(server.get(&format!("/shapes/{shape}")).ok(), body, "{shape}");
    }
}

#[test]
fn bytes_stay_as_they_are() {
    assert_eq!(Server::all_apps().get("/shapes/lines").body, b"a\r\nb\nc\rd\x00\xff");
}

#[test]
fn one_block_tells_its_length_and_several_do_not() {
    let server = Server::all_apps();
    for (shape, expected) in
        [("list", "4"), ("tuple", "5"), ("sized", "5"), ("empty", "0"), ("hollow", "0"), ("nothing", "0")]
    {
        assert_eq!(length(&server.get(&format!("/shapes/{shape}"))), Some(expected), "{shape}");
    }
    for shape in ["two", "generator", "gaps", "old"] {
        assert_eq!(length(&server.get(&format!("/shapes/{shape}"))), None, "{shape}");
    }
}

#[test]
fn nothing_but_length_iteration_and_close_is_used_of_an_iterable() {
    let server = Server::all_apps();
    assert_eq!(server.get("/shapes/sized").ok(), "sized");
    server.wait_for(" GET /shapes/sized 200 ");
    assert!(!server.log().contains("shapes.py: touched"));
}

#[test]
fn empty_blocks_are_no_chunks() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.get("/shapes/gaps");
    client.head();
    assert_eq!([client.chunk(), client.chunk(), client.chunk()], ["between", " gaps", ""]);
}

#[test]
fn too_many_bytes_are_cut_and_told_and_the_rest_is_not_asked_for() {
    let server = Server::all_apps();
    for way in ["list", "blocks"] {
        let reply = server.get(&format!("/counted/{way}"));
        assert_eq!((reply.ok(), length(&reply)), ("12345", Some("5")));
        server.wait_for(&format!("GET /counted/{way}: the body was cut at its Content-Length"));
    }
    assert!(!server.log().contains("counted.py: went on"));
}

#[test]
fn too_few_bytes_close_the_connection_and_are_told() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.get("/raising/short");
    assert!(client.head().contains("content-length: 99"));
    assert_eq!(client.rest(), "less than announced");
    server.wait_for("the body ended 80 bytes before its Content-Length");
}

#[test]
fn close_is_called_however_it_ends() {
    let server = Server::all_apps();
    for way in ["whole", "cut", "error"] {
        let request = http::Request::get(server.url(&format!("/ending/{way}"))).body(()).unwrap();
        assert_eq!(server.try_request(request).is_err(), way == "error");
        server.wait_for(&format!("app | closed /ending/{way}"));
    }
    let request = http::Request::head(server.url("/ending/head")).body(()).unwrap();
    assert_eq!(server.request(request).status, 200);
    server.wait_for("app | closed /ending/head");
}

#[test]
fn a_wrapped_file_is_read_in_blocks_from_where_it_stands_and_closed() {
    let server = Server::all_apps();
    assert_eq!(server.get("/wrapped/noting").ok(), "0123456789");
    server.wait_for("wrapped.py: closed");
    assert_eq!(server.log().matches("wrapped.py: read 4").count(), 4);
    assert_eq!(server.get("/wrapped/bare").ok(), "only read");
    let source = include_str!("../apps/wrapped.py");
    assert_eq!(server.get("/wrapped/position").ok(), source.split_once('\n').unwrap().1);
}

#[test]
fn a_wrapped_file_ends_at_the_content_length() {
    let server = Server::all_apps();
    assert_eq!(server.get("/wrapped/short").ok(), "0123");
    server.wait_for("wrapped.py: closed");
    assert_eq!(server.log().matches("wrapped.py: read").count(), 1);
}

#[test]
fn a_wrapper_that_is_not_returned_sends_nothing() {
    let server = Server::all_apps();
    assert_eq!(server.get("/wrapped/unused").ok(), "something else");
    server.wait_for(" GET /wrapped/unused 200 ");
    assert!(!server.log().contains("wrapped.py: read"));
}

#[test]
fn an_answer_to_reset_the_form_has_an_empty_body() {
    let reply = Server::all_apps().get("/status/205");
    assert_eq!((reply.status, length(&reply), reply.text()), (205, Some("0"), ""));
}
