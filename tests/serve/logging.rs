//! A log that is not read must not block the server.

use crate::harness::wasgi;
use std::io::{BufRead, BufReader, Lines, PipeReader, pipe};
use std::process::{Child, Stdio};

/// More lines than a pipe and the server's own queues hold.
const LINES: usize = 400;
const LONG: usize = 8000;

/// A server whose log the test reads itself, or leaves unread.
struct Unread {
    child: Child,
    log: Lines<BufReader<PipeReader>>,
}

impl Unread {
    fn start() -> Self {
        let (reader, writer) = pipe().unwrap();
        let mut command = wasgi(&["run", "hello.py", "--bind", "127.0.0.1:0"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer).spawn().unwrap();
        // The command still holds a writer, which would keep the log open.
        drop(command);
        Unread { child, log: BufReader::new(reader).lines() }
    }

    fn read_until(&mut self, text: &str) -> String {
        let found = self.log.by_ref().map(Result::unwrap).find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("wasgi did not say {text:?}"))
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_does_not_read_the_log_stops_nobody() {
    let mut server = Unread::start();
    let ready = server.read_until("wasgi: ready on http://");
    let address = ready.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let agent = ureq::Agent::new_with_defaults();
    let ask = |path: &str| agent.get(format!("{address}{path}")).call().unwrap().status();
    for _ in 0..LINES {
        assert_eq!(ask(&format!("/{}", "x".repeat(LONG))), 200);
    }
    server.read_until(" lines of this log were lost");
    assert_eq!(ask("/after"), 200);
    server.read_until(" GET /after 200 ");
}
