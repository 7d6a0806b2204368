//! An application that takes all it can, traps and floods, raises no other's failures.

use super::{project, serve};
use crate::harness::{Connection, Over, Server, wait_until};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

const SETTINGS: &str = "
[applications.noisy]
component = 'tenant.wasm'
prefix = '/noisy'
memory = '64MiB'
timeout = '1s'
concurrency = 2
queue = 2
unsent = '1MiB'
[applications.quiet]
component = 'tenant.wasm'
prefix = '/quiet'
concurrency = 1
queue = 4
";

/// The requests of an application that ended so.
fn counted(server: &Server, application: &str, outcome: &str) -> f64 {
    let samples = server.admin().samples();
    let is_meant = |name: &str| {
        name.starts_with(&format!("wasgi_requests_total{{application=\"{application}\""))
            && name.contains(&format!("outcome=\"{outcome}\""))
    };
    samples.iter().filter(|(name, _)| is_meant(name)).map(|(_, count)| count).sum()
}

fn noisy(server: &Server, what: &str) -> Connection {
    let mut client = server.connect();
    client.get(&format!("/noisy/{what}"));
    client
}

#[test]
fn floods_bombs_and_traps_of_one_fail_alone() {
    let server = serve(&project(SETTINGS), &["--admin", "127.0.0.1:0"]);
    let is_over = AtomicBool::new(false);
    let asked = thread::scope(|scope| {
        let quiet = scope.spawn(|| {
            let mut asked = 0;
            while !is_over.load(SeqCst) {
                server.get("/quiet/").ok();
                asked += 1;
            }
            asked
        });
        let end = Over(&is_over);
        for what in ["loop", "wait", "hog", "abort"] {
            // More than it has places for: sandboxes, queue, and some that find neither.
            let clients: Vec<_> = (0..12).map(|_| noisy(&server, what)).collect();
            for mut client in clients {
                let head = client.head();
                assert!(head.starts_with("http/1.1 5"), "{head}");
            }
        }
        drop(end);
        quiet.join().unwrap()
    });
    wait_until("each is over", || {
        let all = ["deadline", "memory-cap", "trap", "busy"].map(|outcome| counted(&server, "noisy", outcome));
        all.iter().sum::<f64>() == 48.0 && all.iter().all(|count| *count > 0.0)
    });
    wait_until("each is counted", || counted(&server, "quiet", "ok") == f64::from(asked));
    for outcome in ["deadline", "memory-cap", "trap", "busy", "error", "client-gone", "refused"] {
        assert_eq!(counted(&server, "quiet", outcome), 0.0, "{outcome}");
    }
    // And the noisy one has all of its places again.
    assert_eq!(server.get("/noisy/").status, 200);
    wait_until("none is taken", || server.admin().samples()["wasgi_requests_active{application=\"noisy\"}"] == 0.0);
    println!("{asked} requests of the quiet one beside 48 of the noisy one");
}

/// What the host keeps for slow clients is each one's own, too.
#[test]
fn slow_clients_of_one_cost_those_of_another_nothing() {
    let settings = SETTINGS.replace("timeout = '1s'", "timeout = '60s'");
    let server = serve(&project(&settings), &["--admin", "127.0.0.1:0", "--send-timeout", "60s"]);
    let mut slow = server.connect();
    slow.get("/quiet/large");
    assert!(slow.head().starts_with("http/1.1 200 "));
    let given_up = |server: &Server| counted(server, "noisy", "client-gone") + counted(server, "noisy", "cut-off");
    // They read nothing, and each holds more than the noisy one may keep.
    let _clients: Vec<_> = (0..2)
        .map(|_| {
            let mut client = noisy(&server, "large");
            assert!(client.head().starts_with("http/1.1 200 "));
            client
        })
        .collect();
    wait_until("they are given up", || given_up(&server) > 0.0);
    assert_eq!(slow.body(24 << 20).len(), 24 << 20);
    wait_until("it is whole", || counted(&server, "quiet", "ok") == 1.0);
}
