//! A kernel that refuses the calls which slots are made and reset with, each once, or that counts no page faults: no
//! request finds another's secret, and no permit is lost.

use crate::harness::{Server, wasgi};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;

/// The order of `enum call` in the shim.
const CALLS: [&str; 5] = ["mmap", "mprotect", "madvise", "PAGEMAP_SCAN", "getrusage"];
const SCAN: usize = 3;
/// Bytes of `struct wish` in front of what was made, and of each of its numbers.
const HEAD: u64 = 12;
const NUMBER: u64 = 4;

/// How many are asked at a time.
const REQUESTS: usize = 6;

/// A server behind the shim, with one sandbox at a time: a permit that is lost is noticed.
struct Refusing {
    server: Server,
    wish: File,
    _folder: tempfile::TempDir,
}

impl Refusing {
    /// With page faults that are told, or not.
    fn start(uncounted: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("wish");
        let wish = File::create_new(&path).expect("a new file");
        let nothing = [0, -1, i32::from(uncounted)].map(i32::to_ne_bytes).concat();
        wish.write_all_at(&[nothing, vec![0; CALLS.len() * NUMBER as usize]].concat(), 0).expect("room");
        let mut command = wasgi(&["run", "keeping/app.py", "--concurrency", "1"]);
        command.env("LD_PRELOAD", shim(&folder)).env("REFUSING", path);
        Refusing { server: Server::start(command), wish, _folder: folder }
    }

    fn set(&self, number: u64, value: i32) {
        self.wish.write_all_at(&value.to_ne_bytes(), number * NUMBER).expect("room");
    }

    /// Refuses a call after so many more of its kind.
    fn refuse(&self, call: usize, after: i32) {
        self.set(0, call as i32);
        self.set(1, after);
    }

    fn made(&self, call: usize) -> i32 {
        let mut number = [0; 4];
        self.wish.read_exact_at(&mut number, HEAD + call as u64 * NUMBER).expect("it was written");
        i32::from_ne_bytes(number)
    }

    /// [`REQUESTS`] requests that write, grow and look. Gives how many were not answered; who was found no secret.
    fn ask(&self, number: i32) -> usize {
        let secret = format!("{number:064}");
        let keep = format!("/keep/{secret}");
        let paths: [&str; REQUESTS] = [&keep, "/look", "/renew", "/look", &keep, "/look"];
        let failed = paths.iter().filter(|path| {
            let reply = self.server.get(path);
            assert!([200, 500].contains(&reply.status), "{path}: {} {}", reply.status, reply.text());
            let is_sound = reply.status == 500 || ["{}", "\"written\""].contains(&reply.text());
            assert!(is_sound, "{path}: a secret was there before: {}", reply.text());
            reply.status == 500
        });
        failed.count()
    }
}

/// Compiled with the C compiler that Rust links with.
fn shim(folder: &tempfile::TempDir) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/shims/refusing.c");
    let shim = folder.path().join("refusing.so");
    let mut compile = Command::new("cc");
    compile.args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", source, "-o"]).arg(&shim);
    let status = compile.status().unwrap_or_else(|error| panic!("cannot start cc: {error}"));
    assert!(status.success(), "{compile:?}");
    shim
}

#[test]
fn each_call_is_refused_once_and_nothing_stays() {
    let refusing = Refusing::start(false);
    refusing.ask(0);
    for (call, name) in CALLS.into_iter().enumerate() {
        let before = refusing.made(call);
        assert_eq!(refusing.ask(0), 0, "no call is refused");
        // Slots are mapped anew once a call was refused; so a few more.
        let made = refusing.made(call) - before + 4;
        for after in 0..made {
            refusing.refuse(call, after);
            let failed = refusing.ask(after + 1);
            assert!(failed <= 1, "{name}, {after}: {failed} failed");
            refusing.refuse(call, -1);
            assert_eq!(refusing.ask(after + 1), 0, "{name}, {after}: all is well again");
        }
        println!("{name}: refused {made} times");
    }
}

/// gVisor's.
#[test]
fn a_kernel_that_counts_no_page_faults_is_asked_after_each_request() {
    let refusing = Refusing::start(true);
    let requests: usize = (1..20).map(|number| refusing.ask(number)).map(|failed| REQUESTS - failed).sum();
    let scans = refusing.made(SCAN) as usize;
    assert!(scans >= requests, "{scans} scans, {requests} requests");
}
