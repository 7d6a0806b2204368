//! Makes the kernel move, swap out or merge pages while a test runs (`tests/clients/stir_memory.py`).

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The program that stirs memory; ends when dropped.
pub struct Stirrer {
    child: Child,
    /// Until dropped.
    commands: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Stirrer {
    /// Stirs by `compaction`, `swap` or `merging`. Without root or the kernel's feature, prints the reason and returns
    /// None.
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

    /// Runs a command to its end; returns the program's answer.
    pub fn ask(&mut self, command: &str) -> String {
        let commands = self.commands.as_mut().expect("until dropped");
        writeln!(commands, "{command}").expect("it reads its commands");
        self.answer()
    }

    /// The same for an answer that begins with a number of pages; prints the answer.
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
    /// The program ends with its input, and restores the kernel's settings.
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.child.wait();
    }
}
