//! Messages to the person at the terminal. All of wasgi's own lines go to stderr; stdout is the application's.

use super::log::{self, Stream};
use clap::ValueEnum;
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::time::Instant;

/// How bad what a line says is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[repr(u8)]
pub enum Level {
    /// Nothing is wrong.
    #[value(alias = "debug")]
    Info,
    /// Something was refused, is lost or was given up, and the server goes on as before.
    Warning,
    /// A request failed by the application's or the server's fault, or the server itself did.
    #[value(alias = "critical")]
    Error,
}

/// The least level that is shown.
static LEAST: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// From now on only lines of this level or a worse one are shown.
pub fn show_from(level: Level) {
    LEAST.store(level as u8, Relaxed);
}

/// Writes one whole line at once, so that lines of concurrent requests never mix.
pub fn line(text: &str) {
    failure(text, Level::Info);
}

/// A line that says that something is not as it should be.
pub fn warning(text: &str) {
    failure(text, Level::Warning);
}

/// A line about a failure of this level.
pub fn failure(text: &str, level: Level) {
    if level as u8 >= LEAST.load(Relaxed) {
        log::write(Stream::Stderr, format!("{text}\n").as_bytes());
    }
}

/// Prints an error and its causes in one message.
pub fn error(error: &anyhow::Error) {
    failure(&format!("wasgi: error: {error:#}"), Level::Error);
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
        if stderr().is_terminal() && LEAST.load(Relaxed) == Level::Info as u8 {
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
