//! A guest generated from the WIT calls any import, with any handle, in any order: the host stays within the memory
//! that it announces at its start, and never panics.
//!
//! The seed is fixed. `WASGI_SOAK_SECONDS` sets the duration of random scripts.

mod guest;
mod interface;

use crate::harness::{Server, Upstream, soak, wasgi};
use interface::Call;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::time::Instant;

/// The most bytes of a script: its digits fit the longest target of a request.
const LONGEST: usize = 1900;

/// A server of such a guest, with one sandbox at a time and a granted directory.
struct Hostile {
    server: Server,
    calls: Vec<Call>,
    _folder: tempfile::TempDir,
}

impl Hostile {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (component, calls) = guest::build();
        fs::write(path("hostile.wasm"), component).expect("room");
        fs::create_dir(path("granted")).expect("room");
        fs::write(path("granted/note.txt"), "from the host").expect("room");
        let mut command = wasgi(&["serve", &path("hostile.wasm"), "--dir", &format!("{}:/data", path("granted"))]);
        command.args(["--concurrency", "1", "--memory", "8MiB", "--timeout", "200ms", "--dir-bytes", "64KiB"]);
        // Scripts that connect find nobody else.
        let upstream = Upstream::raw(|mut tcp| while let Ok(1..) = tcp.read(&mut [0; 1024]) {});
        command.args(["--allow-net", &upstream.address().to_string()]);
        Hostile { server: Server::start(command), calls, _folder: folder }
    }

    fn number(&self, name: &str) -> usize {
        self.calls.iter().position(|call| call.name == name).expect("the host has it")
    }

    /// A script that starts a response, with the first possible value of each argument.
    fn answering(&self) -> Vec<u8> {
        let names = [
            "[constructor]fields",
            "[constructor]outgoing-response",
            "[method]outgoing-response.body",
            "[static]response-outparam.set",
            "[method]outgoing-body.write",
        ];
        let script = names.map(|name| {
            let number = self.number(name);
            guest::bytes(&[(number, &vec![0; self.calls[number].params.len()])])
        });
        script.concat()
    }

    /// Runs a script; returns the response's status, or 0 if it was cut off.
    fn follow(&self, path: &str) -> u16 {
        let request = http::Request::get(self.server.url(path)).body(()).expect("a sound request");
        self.server.try_request(request).map_or(0, |reply| reply.status)
    }

    /// The most bytes that a request takes, as announced at the server's start.
    fn most(&self) -> usize {
        let line = self.server.wait_for("wasgi: a request takes at most ");
        let amount = line.split("at most ").nth(1).expect("as waited for");
        let mut words = amount.split(' ');
        let number: f64 = words.next().and_then(|number| number.parse().ok()).expect("a number");
        assert_eq!(words.next(), Some("MiB"), "{line}");
        (number * f64::from(1 << 20)) as usize
    }

    /// The server's peak of memory during `work`, in bytes above its memory before.
    fn peak_of(&self, work: impl FnOnce()) -> usize {
        self.server.peak_of(work) << 10
    }

    fn check_log(&self) {
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// As many header maps as there are handles, each of the largest size.
#[test]
fn a_guest_that_hoards_headers_takes_no_more_than_the_server_says() {
    let hostile = Hostile::start();
    let (make, append) = (hostile.number("[constructor]fields"), hostile.number("[method]fields.append"));
    // `x-long`, and 58 KiB from 1 KiB on.
    let long = |place: u8| [place % 8, 1, 0, 255, 81, 221];
    let appended: Vec<[u8; 6]> = (0..95).map(long).collect();
    let calls: Vec<(usize, &[u8])> =
        appended.iter().flat_map(|bytes| [(make, &[][..]), (append, bytes), (append, bytes)]).collect();
    let path = guest::path(&guest::bytes(&calls));
    let peak = hostile.peak_of(|| assert_eq!(hostile.follow(&path), 500, "it gives no answer"));
    println!("{peak} bytes, of {}", hostile.most());
    assert!(peak > 8 << 20, "it has hoarded: {peak} bytes");
    assert!(peak <= hostile.most(), "{peak} bytes");
    hostile.check_log();
}

/// Random bytes; half of the scripts start a response first.
fn scripts(answering: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let random = prop_oneof![prop::collection::vec(any::<u8>(), 0..60), prop::collection::vec(any::<u8>(), 0..LONGEST)];
    (prop::bool::ANY, random).prop_map(move |(answers, random)| match answers {
        true => [&answering, &random[..]].concat(),
        false => random,
    })
}

#[test]
fn whatever_a_guest_calls_the_host_keeps_within_its_word() {
    let hostile = Hostile::start();
    // The first requests also allocate memory that the server keeps.
    (0..3).for_each(|_| assert_eq!(hostile.follow("/"), 500));
    let mut runner = soak::runner(7);
    let scripts = scripts(hostile.answering());
    let mut seen = BTreeMap::<u16, usize>::new();
    let peak = hostile.peak_of(|| {
        let end = Instant::now() + soak::seconds(20);
        while Instant::now() < end {
            let script = scripts.new_tree(&mut runner).expect("a script").current();
            *seen.entry(hostile.follow(&guest::path(&script))).or_default() += 1;
        }
    });
    println!("{} scripts, by status {seen:?}; {peak} bytes, of {}", seen.values().sum::<usize>(), hostile.most());
    assert!(peak <= hostile.most(), "{peak} bytes");
    assert!(seen.contains_key(&200), "some get as far as an answer: {seen:?}");
    assert_eq!(hostile.follow("/"), 500, "the server goes on");
    hostile.check_log();
}
