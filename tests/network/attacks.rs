//! What a hostile guest, or a hostile server, does with connections.

use super::others::{echo, granting, silent, told};
use crate::harness::{Upstream, wait_until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

const APP: &str = "hostile";

#[test]
fn no_other_form_of_an_address_passes_for_it() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place, "*.example.org:*"], &[]);
    let said = told(&server, "forged", &place);
    let passed: Vec<_> = said.as_object().unwrap().iter().filter(|(_, came)| *came == "connected").collect();
    // A name of this machine is its address.
    assert_eq!(passed.iter().map(|(form, _)| &***form).collect::<Vec<_>>(), ["itself", "localhost"], "{said}");
    wait_until("both have come", || upstream.accepted() == 2);
}

#[test]
fn the_host_refuses_what_the_guest_does_not() {
    let upstream = echo();
    let server = granting(APP, &[&upstream.address().to_string(), "*.example.org:*"], &[]);
    let said = told(&server, "below_python", &upstream.address().to_string());
    let (said, no_names) = said.as_array().unwrap().split_at(6);
    assert!(said.iter().all(|came| came == "PermissionError"), "{said:?}");
    assert_eq!(no_names, ["Unresolved", "Unresolved", "Unresolved"]);
    server.wait_for("denied (--allow-net 169.254.169.254:");
}

#[test]
fn ten_thousand_connections_are_as_many_as_are_allowed() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &["--net-sockets", "8"]);
    let before = server.descriptors();
    let said = told(&server, "flood", &place);
    assert_eq!(said, json!([8, 9_992]));
    wait_until("all have come", || upstream.accepted() == 8);
    wait_until("the connections go with their sandbox", || server.descriptors() <= before + 1);
    wait_until("the other end sees it", || upstream.open() == 0);
}

#[test]
fn all_sandboxes_together_have_as_many_as_are_allowed() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &["--net-connections", "4"]);
    assert_eq!(told(&server, "flood", &place), json!([4, 9_996]));
    server.wait_for("--net-connections");
    wait_until("the other end sees it", || upstream.open() == 0);
    assert_eq!(told(&server, "attempt", &place), "connected");
}

#[test]
fn a_deadline_ends_a_wait_and_its_connection() {
    let upstream = silent();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &["--timeout", "500ms"]);
    assert_eq!(server.get(&format!("/silent?{place}")).status, 504);
    wait_until("the connection goes with the request", || upstream.open() == 0);
    server.wait_for(&format!("GET /silent net tcp {place} {place} 0 B out 0 B in"));
}

#[test]
fn a_client_that_leaves_takes_the_connection_with_it() {
    let upstream = silent();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &[]);
    let mut client = server.connect();
    client.get(&format!("/silent?{place}"));
    wait_until("the application has connected", || upstream.open() == 1);
    client.close();
    wait_until("the connection goes with the client", || upstream.open() == 0);
}

#[test]
fn an_answer_without_end_ends() {
    let upstream = endless();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &["--net-bytes", "8MiB"]);
    let said = told(&server, "huge", &place);
    assert_eq!(said[1], "OSError", "{said}");
    assert!(said[0].as_u64().unwrap() <= 8 << 20, "{said}");
    server.wait_for("ms --net-bytes");
}

fn endless() -> Upstream {
    Upstream::raw(|mut tcp| {
        let _ = tcp.read(&mut [0; 2]);
        while tcp.write_all(&[b'x'; 65536]).is_ok() {}
    })
}

#[test]
fn what_nobody_reads_is_not_kept_in_the_hosts_memory() {
    let upstream = endless();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &[]);
    told(&server, "unread", &place);
    let more = server.peak_of(|| assert_eq!(told(&server, "unread", &place), "unread"));
    assert!(more < 16 << 10, "{more} KiB more");
}

#[test]
fn who_reads_nothing_holds_up_nobody() {
    let upstream = Upstream::raw(|tcp| {
        let _ = tcp.peek(&mut [0; 1]);
        std::thread::sleep(Duration::from_secs(20));
    });
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &[]);
    let began = Instant::now();
    assert_eq!(told(&server, "unsent", &place), true);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn garbage_is_bytes_and_no_more() {
    let upstream = Upstream::raw(|mut tcp| {
        let _ = tcp.write_all(&[0xff; 100_000]);
    });
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &[]);
    let said = server.get(&format!("/silent?{place}"));
    assert_eq!(said.status, 500);
    server.wait_for("UnicodeDecodeError");
    assert_eq!(told(&server, "attempt", &place), "connected");
}

#[test]
fn two_requests_never_share_a_connection() {
    let upstream = echo();
    let place = upstream.address().to_string();
    let server = granting(APP, &[&place], &[]);
    let found: Vec<Value> = (0..4).map(|_| told(&server, "held", &place)).collect();
    assert!(found.iter().all(|each| *each == found[0] && each[0] == 0), "{found:?}");
    wait_until("all have come", || upstream.accepted() == 4);
    wait_until("nobody keeps them", || upstream.open() == 0);
}
