//! SQLite in a granted directory: no confirmed write is lost, with other users of the database and any end of a
//! request.

use crate::harness::{Project, Server, clients, soak};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The first number of native programs.
const NATIVE: u64 = 1_000_000;

fn project() -> Project {
    Project::new(&[("app/app.py", include_str!("../apps/ledger.py")), ("data/note.txt", "")])
}

fn run(project: &Project, options: &[&str]) -> Server {
    let server = project.run(&[&["app/app.py", "--dir", "data:/data"], options].concat());
    assert_eq!(server.get("/make").ok(), "made");
    server
}

/// The number of writes: 80, or the value of `WASGI_LEDGER_WRITES`.
fn writes() -> u64 {
    std::env::var("WASGI_LEDGER_WRITES").map_or(80, |asked| asked.parse().expect("a number"))
}

/// Writes over this many connections; returns the confirmed writes, and the failures.
fn write_all(server: &Server, connections: usize) -> (BTreeSet<u64>, Vec<String>) {
    let (next, confirmed, refused) = (AtomicU64::new(1), Mutex::new(BTreeSet::new()), Mutex::new(vec![]));
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Relaxed);
                    if number > writes() {
                        return;
                    }
                    let reply = server.get(&format!("/write?{number}"));
                    match reply.status {
                        200 => _ = confirmed.lock().unwrap().insert(number),
                        _ => refused.lock().unwrap().push(reply.text().to_owned()),
                    }
                }
            });
        }
    });
    (confirmed.into_inner().unwrap(), refused.into_inner().unwrap())
}

/// The ledger's content; checks its integrity.
fn kept(server: &Server) -> BTreeSet<u64> {
    let seen: Value = server.get("/check").json();
    assert_eq!((&seen["integrity"], &seen["equal"]), (&json!("ok"), &json!(true)));
    seen["numbers"].as_array().unwrap().iter().filter_map(Value::as_u64).collect()
}

fn write_over(connections: usize) {
    let project = project();
    let server = run(&project, &[]);
    let began = Instant::now();
    let (confirmed, refused) = write_all(&server, connections);
    println!("{connections} connections: {} writes in {:.1?}", confirmed.len(), began.elapsed());
    assert_eq!(refused, Vec::<String>::new());
    assert_eq!(confirmed, (1..=writes()).collect(), "all of them are confirmed");
    assert_eq!(kept(&server), confirmed);
}

#[test]
fn eight_connections_write_and_nothing_is_lost() {
    write_over(8);
}

#[test]
fn thirty_two_connections_write_and_nothing_is_lost() {
    write_over(32);
}

#[test]
fn native_programs_read_and_write_beside_it_and_nothing_is_lost() {
    let project = project();
    let server = run(&project, &[]);
    let native = |action: &str, first: u64| {
        let mut command = clients::python("ledger.py");
        command.arg(project.path("data/ledger.db")).args([action, &writes().to_string(), &first.to_string()]);
        let seen: Value = serde_json::from_str(&clients::output(command)).expect("JSON");
        assert_eq!(seen, json!({"ok": writes()}), "{action}");
    };
    let (confirmed, refused) = thread::scope(|scope| {
        scope.spawn(|| native("read", 0));
        scope.spawn(|| native("read", 0));
        scope.spawn(|| native("write", NATIVE));
        write_all(&server, 8)
    });
    assert_eq!(refused, Vec::<String>::new());
    let expected: BTreeSet<u64> = confirmed.into_iter().chain(NATIVE..NATIVE + writes()).collect();
    assert_eq!(kept(&server), expected);
}

#[test]
fn two_read_at_once_and_who_writes_waits() {
    let project = project();
    let server = run(&project, &[]);
    let mut reader = server.connect();
    reader.get("/hold");
    reader.head();
    assert_eq!(reader.chunk(), "reading");
    assert_eq!(server.get("/impatient?read").ok(), "0");
    assert_eq!(server.get("/impatient?write").text(), "OperationalError: database is locked");
    thread::scope(|scope| {
        let writer = scope.spawn(|| server.get("/write?1"));
        assert_eq!(server.get("/hello").ok(), "hello");
        project.write("data/stop", "");
        assert_eq!(writer.join().unwrap().ok(), "written");
    });
}

#[test]
fn a_transaction_that_is_left_open_ends_with_its_request() {
    let project = project();
    let server = run(&project, &[]);
    for number in 1..=20 {
        assert_eq!(server.get("/leave").ok(), "left");
        assert_eq!(server.get(&format!("/write?{number}")).ok(), "written");
    }
    assert_eq!(kept(&server), (1..=20).collect());
}

/// Stops a request in one of many ways, at one of many moments.
fn stop_one(server: &Server, round: u64) {
    let moment = Duration::from_micros(round.wrapping_mul(7919) % 60_000);
    match round % 4 {
        0 => assert_eq!(server.get("/churn").status, 504),
        1 => {
            let mut client = server.connect();
            client.get("/churn");
            // The time of the disconnect, which the rounds vary.
            thread::sleep(moment);
            client.close();
        }
        way => {
            let way = if way == 2 { "abort" } else { "hog" };
            let status = server.get(&format!("/{way}?{}", round / 4 % 5)).status;
            // A request whose client has left may still be ending, and so make this one wait until its deadline.
            assert!(status == 500 || status == 504, "{way}: {status}");
        }
    }
}

/// Rounds per ledger: commits of stopped requests make checks of an old ledger slow.
const ROUNDS: u64 = 60;

/// Stops requests on one ledger until the deadline; returns their number, and the number of those that left a journal,
/// and so ended inside a transaction.
fn stop_many(until: Instant) -> (u64, u64) {
    let project = project();
    let patient = run(&project, &[]);
    // This server does not create the tables: its deadline is too short for a slow disk.
    let server = project.run(&["app/app.py", "--dir", "data:/data", "--timeout", "400ms", "--memory", "48MiB"]);
    let (mut rounds, mut inside) = (0, 0);
    while rounds < ROUNDS && Instant::now() < until {
        stop_one(&server, rounds);
        // A request whose client has left may still run, so its journal proves nothing.
        inside += u64::from(rounds % 4 != 1 && project.path("data/ledger.db-journal").exists());
        rounds += 1;
        assert_eq!(patient.get(&format!("/write?{rounds}")).ok(), "written", "after round {rounds}");
        assert!(kept(&patient).contains(&rounds));
    }
    assert_eq!(kept(&patient), (1..=rounds).collect());
    (rounds, inside)
}

/// `WASGI_SOAK_SECONDS` sets the duration.
#[test]
fn however_requests_end_the_next_one_is_served() {
    let until = Instant::now() + soak::seconds(8);
    let (mut rounds, mut inside) = (0, 0);
    while Instant::now() < until {
        let stopped = stop_many(until);
        (rounds, inside) = (rounds + stopped.0, inside + stopped.1);
        println!("{rounds} requests were stopped, {inside} of them inside a transaction, all {rounds} writes kept");
    }
    assert!(inside > 0, "none of {rounds} was stopped inside a transaction");
}

#[test]
fn a_server_that_is_killed_leaves_no_lock() {
    let project = project();
    run(&project, &[]);
    for round in 1..=4 {
        let mut server = run(&project, &[]);
        thread::scope(|scope| {
            for number in 0..4 {
                let server = &server;
                scope.spawn(move || {
                    let mut client = server.connect();
                    client.get("/churn");
                    thread::sleep(Duration::from_millis(40 * round + number));
                });
            }
        });
        server.kill();
        let next = run(&project, &[]);
        assert_eq!(next.get(&format!("/write?{round}")).ok(), "written");
        assert_eq!(kept(&next), (1..=round).collect());
    }
}

/// On a host without locks, a database can be read; writing needs the user's promise that there is no other writer.
#[test]
fn a_foreign_host_reads_and_writes_only_when_told() {
    let project = project();
    run(&project, &[]).get("/write?1");
    let component = project.build_with("app/app.py", &["--filesystem"]);
    let grant = format!("{}::/data", project.path("data").display());
    let server = Server::wasmtime(&component, &["--dir", &grant]);
    assert_eq!(kept(&server), BTreeSet::from([1]));
    let refused = server.get("/write?2");
    assert_eq!(refused.status, 500);
    let told = refused.text();
    assert!(told.starts_with("OperationalError: this host has no file locks"), "{told}");
    assert!(told.contains("WASGI_UNLOCKED_WRITES=1"), "{told}");
    drop(server);
    let server = Server::wasmtime(&component, &["--dir", &grant, "--env", "WASGI_UNLOCKED_WRITES=1"]);
    assert_eq!(server.get("/write?2").ok(), "written");
    assert_eq!(kept(&server), BTreeSet::from([1, 2]));
}
