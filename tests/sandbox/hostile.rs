//! A guest made from the WIT calls any import, with any handle, in any order: the host takes no more than it says at its
//! start, and nothing panics.
//!
//! The seed is fixed. `WASGI_SOAK_SECONDS` says for how long scripts at random go on.

mod guest;
mod interface;

use crate::harness::{Server, soak, wasgi};
use interface::Call;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

/// Bytes of scripts: their digits are within the longest target that is asked for.
const LONGEST: usize = 1900;

/// A server of such a guest, one sandbox at a time, with a directory granted.
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
        Hostile { server: Server::start(command), calls, _folder: folder }
    }

    fn number(&self, name: &str) -> usize {
        self.calls.iter().position(|call| call.name == name).expect("the host has it")
    }

    /// A script that begins an answer: of arguments the first ones there are.
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

    /// Has a script followed; gives the status of the answer, or 0 for one that was cut off.
    fn follow(&self, path: &str) -> u16 {
        let request = http::Request::get(self.server.url(path)).body(()).expect("a sound request");
        self.server.try_request(request).map_or(0, |reply| reply.status)
    }

    /// Bytes that a request takes at most, as the server says at its start.
    fn most(&self) -> usize {
        let line = self.server.wait_for("wasgi: a request takes at most ");
        let amount = line.split("at most ").nth(1).expect("as waited for");
        let mut words = amount.split(' ');
        let number: f64 = words.next().and_then(|number| number.parse().ok()).expect("a number");
        assert_eq!(words.next(), Some("MiB"), "{line}");
        (number * f64::from(1 << 20)) as usize
    }

    /// Bytes of memory that the server took more than before `work`, at the most.
    fn peak_of(&self, work: impl FnOnce()) -> usize {
        self.server.forget_peak();
        let before = self.server.footprint().peak;
        work();
        (self.server.footprint().peak - before) << 10
    }

    fn check_log(&self) {
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// As many maps of headers as there are handles, each as large as it may be.
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

/// Any bytes; half of them behind calls that begin an answer.
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
    // What the first requests take once is not one request's.
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
