//! A kernel that is at work: pages moved, swapped out or merged while a test runs (`tests/clients/stir_memory.py`).

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What stirs, until this is dropped.
pub struct Stirrer {
    child: Child,
    /// Until dropped.
    commands: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Stirrer {
    /// By `compaction`, `swap` or `merging`. None where that cannot be had, as it takes root and a kernel with the feature;
    /// why not is printed.
    pub fn start(way: &str) -> Option<Self> {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/clients/stir_memory.py");
        let mut child = Command::new("python3")
            .args([program, way])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut stirrer = Stirrer { child, commands, answers };
        let answer = stirrer.answer();
        if answer != "ready" {
            println!("memory is not stirred by {way}: {answer}");
            return None;
        }
        Some(stirrer)
    }

    /// Has it do something, to its end; gives what it says of that.
    pub fn ask(&mut self, command: &str) -> String {
        let commands = self.commands.as_mut().expect("until dropped");
        writeln!(commands, "{command}").expect("it reads its commands");
        self.answer()
    }

    /// The same where the answer begins with a number of pages; prints the answer.
    pub fn count(&mut self, command: &str) -> usize {
        let answer = self.ask(command);
        println!("{answer}");
        answer.split(' ').next().and_then(|count| count.parse().ok()).expect("a number")
    }

    fn answer(&mut self) -> String {
        self.answers.next().expect("it answers each command").expect("text")
    }
}

impl Drop for Stirrer {
    /// The end of its input is the end of it; then all is as it was.
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.child.wait();
    }
}
