//! Blocks are sent at once, bodies are read on demand, and close() is always called.

use crate::harness::Server;

#[test]
fn a_large_answer_arrives_whole() {
    let body = Server::all_apps().get("/big").body;
    assert_eq!(body.len(), 10 << 20);
    let wrong = body.iter().enumerate().find(|(place, byte)| **byte != (place % 251) as u8);
    assert_eq!(wrong, None);
}

#[test]
fn each_block_arrives_before_the_next_is_made() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.post_chunked("/talk");
    client.head();
    assert_eq!(client.chunk(), "ready");
    // The application waits for this line, so the earlier blocks cannot have waited for later ones.
    client.send_chunk("one\n");
    assert_eq!(client.chunk(), "heard one");
    client.send_chunk("two\n");
    assert_eq!(client.chunk(), "heard two");
    client.send_chunk("");
    assert_eq!(client.chunk(), "goodbye");
    assert_eq!(client.chunk(), "");
}

#[test]
fn written_comes_before_returned() {
    assert_eq!(Server::all_apps().get("/writing").ok(), "written, written again, returned");
}

#[test]
fn close_is_called_after_a_whole_answer() {
    let server = Server::all_apps();
    assert_eq!(server.get("/closing").body.len(), 2 << 16);
    server.wait_for("app | closed /closing");
}

#[test]
fn close_is_called_when_the_client_goes_away() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.get("/closing/endless");
    client.head();
    client.close();
    server.wait_for("app | closed /closing/endless");
    let line = server.wait_for(" GET /closing/endless 200 ");
    assert!(line.ends_with(" client-gone"), "{line}");
}

#[test]
fn close_is_called_for_head() {
    let server = Server::all_apps();
    let request = http::Request::head(server.url("/closing/endless"));
    assert_eq!(server.request(request.body(()).unwrap()).status, 200);
    server.wait_for("app | closed /closing/endless");
}

#[test]
fn a_body_that_breaks_off_does_not_pass_for_a_whole_one() {
    let server = Server::all_apps();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nonly this");
    client.close();
    server.wait_for("POST /echo: the client went away");
}

#[test]
fn a_client_that_goes_away_leaves_the_server_working() {
    let server = Server::all_apps();
    for _ in 0..8 {
        let mut client = server.connect();
        client.post_chunked("/talk");
        client.head();
        client.close();
    }
    assert_eq!(server.get("/hello").status, 200);
}
