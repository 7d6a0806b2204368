//! Messages to the person at the terminal. All of wasgi's own lines go to stderr; stdout is the application's.

use super::log::{self, Stream};
use std::io::{IsTerminal, stderr};
use std::time::Instant;

/// Writes one whole line at once, so that lines of concurrent requests never mix.
pub fn line(text: &str) {
    log::write(Stream::Stderr, format!("{text}\n").as_bytes());
}

/// Prints an error and its causes in one message.
pub fn error(error: &anyhow::Error) {
    line(&format!("wasgi: error: {error:#}"));
}

/// A named long step: announces its beginning, and at its end how long it took.
pub struct Step {
    name: String,
    began: Instant,
}

impl Step {
    /// Announces the step. On a terminal the line is finished in place by [`Step::done`].
    pub fn begin(name: impl Into<String>) -> Self {
        let name = name.into();
        if stderr().is_terminal() {
            log::write(Stream::Stderr, format!("wasgi: {name} ...\r").as_bytes());
        }
        Step { name, began: Instant::now() }
    }

    /// Reports the end of the step, its result (may be empty) and its duration.
    pub fn done(self, result: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        let result = if result.is_empty() { String::new() } else { format!(": {result}") };
        line(&format!("wasgi: {}{result} ({seconds:.1} s)", self.name));
    }
}
