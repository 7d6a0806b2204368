//! No bytes of a request's memory are left for the next: the tests search the whole server's memory.

use crate::harness::Server;

/// Runs one request that keeps a secret; returns the secret and its number of copies in memory during the request.
fn keep_a_secret(server: &Server) -> (Vec<u8>, usize) {
    let mut client = server.connect();
    client.post_chunked("/secret");
    client.head();
    let masked = client.chunk();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap() ^ 0xff;
    let secret: Vec<u8> = masked.as_bytes().chunks(2).map(byte).collect();
    let found = server.memory().count(&secret);
    client.send_chunk("");
    assert_eq!(client.chunk(), "");
    (secret, found)
}

fn leave_nothing(reset: &str) {
    // With one sandbox at a time, a response means that the earlier request is gone.
    let server = Server::all_apps_with(&["--concurrency", "1", "--reset", reset]);
    for _ in 0..5 {
        let (secret, found) = keep_a_secret(&server);
        assert!(found > 200, "while its request lives, the secret is found: {found}");
        assert_eq!(server.get("/hello").status, 200);
        assert_eq!(server.memory().count(&secret), 0, "{reset}");
    }
}

#[test]
fn a_plain_reset_leaves_nothing() {
    leave_nothing("plain");
}

#[test]
fn a_reset_by_scanning_leaves_nothing() {
    leave_nothing("auto");
}

/// The 65th simultaneous sandbox uses a slot that keeps no pages when idle.
#[test]
fn a_slot_beyond_the_warm_ones_leaves_nothing() {
    let server = Server::all_apps_with(&["--concurrency", "65"]);
    let mut held: Vec<_> = (0..64).map(|_| server.connect()).collect();
    for client in &mut held {
        client.post_chunked("/secret");
        client.head();
        client.chunk();
    }
    let (secret, found) = keep_a_secret(&server);
    assert!(found > 200, "while its request lives, the secret is found: {found}");
    assert_eq!(server.get("/hello").status, 200);
    assert_eq!(server.memory().count(&secret), 0);
}

/// Whether all of the pool's mappings of the snapshot equal its file.
fn equals_its_snapshot(server: &Server) -> bool {
    let memory = server.memory();
    let size: usize = memory.snapshots().map(|region| region.len()).sum();
    assert!(size > 4 << 20, "the snapshot is mapped: {size} bytes");
    memory.snapshots().all(|region| memory.read(region) == region.original())
}

#[test]
fn an_unused_sandbox_equals_the_snapshot_byte_for_byte() {
    for reset in ["plain", "auto"] {
        let server = Server::all_apps_with(&["--concurrency", "1", "--reset", reset]);
        let mut client = server.connect();
        client.post_chunked("/secret");
        client.head();
        client.chunk();
        assert!(!equals_its_snapshot(&server), "{reset}: a sandbox in use differs");
        client.send_chunk("");
        assert_eq!(client.chunk(), "");
        for path in ["/hello", "/vandal", "/hog/blocks", "/scratch", "/hello"] {
            server.get(path);
        }
        // The last response may arrive a moment before its sandbox is reset.
        assert!((0..100).any(|_| equals_its_snapshot(&server)), "{reset}: a sandbox at rest differs");
    }
}
