//! The limit on connections: idle ones make room, busy ones stay.

use crate::harness::{Connection, Server, refused, wasgi};

fn full_of(server: &Server, count: usize, begin: impl Fn(&mut Connection)) -> Vec<Connection> {
    (0..count)
        .map(|_| {
            let mut client = server.connect();
            begin(&mut client);
            client
        })
        .collect()
}

#[test]
fn the_oldest_idle_connection_makes_room() {
    let server = Server::all_apps_with(&["--connections", "4"]);
    for begun in ["", "GET /hello HTTP/1.1\r\nHost: te", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut idle = full_of(&server, 4, |client| client.send(begun));
        let mut client = server.connect();
        client.get("/hello");
        assert!(client.head().starts_with("http/1.1 200 "), "behind {begun:?}");
        // May read bytes first: HTTP/2 sends frames before it closes.
        idle.remove(0).ends();
        // The other connections are still open, and serve at once.
        for client in idle.iter_mut().filter(|_| begun.starts_with("GET")) {
            client.send("st\r\nConnection: close\r\n\r\n");
            assert!(client.head().starts_with("http/1.1 200 "));
        }
    }
}

#[test]
fn silent_sockets_shut_nobody_out() {
    let server = Server::all_apps_with(&["--connections", "8"]);
    let _silent = full_of(&server, 100, |_| {});
    for _ in 0..20 {
        server.behaves();
    }
}

#[test]
fn busy_connections_are_not_cut_and_the_next_one_waits() {
    let server = Server::all_apps_with(&["--connections", "3"]);
    let mut busy = full_of(&server, 3, |client| {
        client.post_chunked("/talk");
        assert!(client.head().starts_with("http/1.1 200 "));
        assert_eq!(client.chunk(), "ready");
    });
    let mut next = server.connect();
    next.get("/hello");
    for client in &mut busy {
        client.send_chunk("line\n");
        assert_eq!(client.chunk(), "heard line");
    }
    assert!(!server.log().contains("GET /hello"), "there is no room for it");
    busy[1].send_chunk("");
    assert!(next.head().starts_with("http/1.1 200 "));
    for place in [0, 2] {
        busy[place].send_chunk("line\n");
        assert_eq!(busy[place].chunk(), "heard line");
    }
}

#[test]
fn more_connections_than_file_descriptors_are_refused() {
    let mut command = wasgi(&["run", "hello.py"]);
    command.args(["--connections", "4000000000", "--bind", "127.0.0.1:0"]);
    let said = refused(command);
    assert!(said.contains("takes 4000000064 file descriptors, and this process may have "), "{said}");
    assert!(said.contains("ulimit -n"), "{said}");
}
