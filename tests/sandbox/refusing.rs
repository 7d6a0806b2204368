//! A kernel that refuses system calls on slots, each once, that counts no page faults, or that misses dirty pages: no
//! request finds another's secret, and no permit is lost.

use crate::harness::{Server, wasgi};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;

/// The order of `enum call` in the shim.
const CALLS: [&str; 5] = ["mmap", "mprotect", "madvise", "PAGEMAP_SCAN", "getrusage"];
const SCAN: usize = 3;
/// The offset of the counters in `struct wish`, and the size of each.
const HEAD: u64 = 16;
const NUMBER: u64 = 4;

#[derive(Clone, Copy, Default)]
struct Kernel {
    /// The kernel reports 0 page faults.
    uncounted: bool,
    /// The scan omits the longest run of dirty pages.
    forgetful: bool,
}

/// The number of requests in a round.
const REQUESTS: usize = 6;

/// A server behind the shim, with one sandbox at a time, so that a lost permit is noticed.
struct Refusing {
    server: Server,
    wish: File,
    _folder: tempfile::TempDir,
}

impl Refusing {
    fn start(kernel: Kernel, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("wish");
        let wish = File::create_new(&path).expect("a new file");
        let Kernel { uncounted, forgetful } = kernel;
        let nothing = [0, -1, i32::from(uncounted), i32::from(forgetful)].map(i32::to_ne_bytes).concat();
        wish.write_all_at(&[nothing, vec![0; CALLS.len() * NUMBER as usize]].concat(), 0).expect("room");
        let mut command = wasgi(&["run", "keeping/app.py", "--concurrency", "1"]);
        command.args(options);
        command.env("LD_PRELOAD", shim(&folder)).env("REFUSING", path);
        Refusing { server: Server::start(command), wish, _folder: folder }
    }

    fn set(&self, number: u64, value: i32) {
        self.wish.write_all_at(&value.to_ne_bytes(), number * NUMBER).expect("room");
    }

    /// Refuses a call after `after` more of its kind.
    fn refuse(&self, call: usize, after: i32) {
        self.set(0, call as i32);
        self.set(1, after);
    }

    fn made(&self, call: usize) -> i32 {
        let mut number = [0; 4];
        self.wish.read_exact_at(&mut number, HEAD + call as u64 * NUMBER).expect("it was written");
        i32::from_ne_bytes(number)
    }

    /// Sends [`REQUESTS`] requests that write, grow and search. Returns the number of failures; the others must find no
    /// secret.
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

/// Compiles the shim with the C compiler that Rust links with.
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
    let refusing = Refusing::start(Kernel::default(), &[]);
    refusing.ask(0);
    for (call, name) in CALLS.into_iter().enumerate() {
        let before = refusing.made(call);
        assert_eq!(refusing.ask(0), 0, "no call is refused");
        // A slot is mapped anew after a refused call, which takes a few more calls.
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

/// gVisor behaves so.
#[test]
fn a_kernel_that_counts_no_page_faults_is_asked_after_each_request() {
    let refusing = Refusing::start(Kernel { uncounted: true, ..Kernel::default() }, &[]);
    let requests: usize = (1..20).map(|number| refusing.ask(number)).map(|failed| REQUESTS - failed).sum();
    let scans = refusing.made(SCAN) as usize;
    assert!(scans >= requests, "{scans} scans, {requests} requests");
}

/// Keeps secrets and searches for them; returns the number of requests that saw one, and the last response's
/// `reset-differences`.
fn secrets_seen(options: &[&str]) -> (usize, u64, Refusing) {
    let forgetful = Kernel { forgetful: true, ..Kernel::default() };
    let refusing = Refusing::start(forgetful, &[options, &["--expose-usage"]].concat());
    let (mut seen, mut differences) = (0, 0);
    for number in 0..20 {
        for path in [format!("/keep/{number:064}"), "/look".to_owned()] {
            let reply = refusing.server.get(&path);
            seen += usize::from(reply.text() != "{}");
            differences = reply.usage("reset-differences").parse().expect("a number");
        }
    }
    (seen, differences, refusing)
}

#[test]
fn a_verified_reset_reveals_a_kernel_that_forgets_written_pages() {
    let (seen, differences, _) = secrets_seen(&["--verify-reset", "0"]);
    assert!(seen > 0, "the shim makes a scan miss what was written");
    assert_eq!(differences, 0, "nobody looks");

    let (seen, differences, refusing) = secrets_seen(&["--verify-reset", "1/1"]);
    assert_eq!(seen, 0, "{}", refusing.server.log());
    // After the first difference, resets use no scan.
    assert_eq!(differences, 1);
    let line = refusing.server.wait_for("THE RESET OF MEMORY WAS NOT COMPLETE");
    assert!(line.contains("page ") && line.contains("what GET /keep/0000"), "{line}");
}

#[test]
fn every_reset_of_a_sound_kernel_passes_its_verification() {
    let refusing = Refusing::start(Kernel::default(), &["--verify-reset", "1/1"]);
    (1..20).for_each(|number| assert_eq!(refusing.ask(number), 0));
    assert!(!refusing.server.log().contains("NOT COMPLETE"), "{}", refusing.server.log());
}
