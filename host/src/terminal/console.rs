//! Messages to the person at the terminal. All of wasgi's own lines go to stderr; stdout is the application's.

use super::colour::{self, Style};
use super::log::{self, Stream};
use clap::ValueEnum;
use std::cell::Cell;
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

thread_local! {
    /// Whether this thread leaves out what is not wrong.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does something without telling of it, unless it goes wrong.
pub fn quietly<T>(what: impl FnOnce() -> T) -> T {
    let before = IS_QUIET.replace(true);
    let done = what();
    IS_QUIET.set(before);
    done
}

fn is_shown(level: Level) -> bool {
    let is_quiet = level == Level::Info && IS_QUIET.get();
    !is_quiet && level as u8 >= LEAST.load(Relaxed)
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
    if is_shown(level) {
        let style = match level {
            Level::Info if is_warning(text) => Style::Yellow,
            Level::Info => Style::Dim,
            Level::Warning => Style::Yellow,
            Level::Error => Style::Red,
        };
        log::write(Stream::Stderr, format!("{}\n", colour::labelled(text, style)).as_bytes());
    }
}

/// What a build warns of is no failure, and yet looks like one.
fn is_warning(text: &str) -> bool {
    ["wasgi: warning:", "wasgi: note:"].iter().any(|label| text.starts_with(label))
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
    /// Announces the step. On a terminal, [`Step::done`] or whatever is shown meanwhile takes the place of this line.
    pub fn begin(name: impl Into<String>) -> Self {
        let name = name.into();
        if colour::is_live() && is_shown(Level::Info) {
            let line = colour::labelled(&format!("wasgi: {name} ...\r"), Style::Dim);
            log::write(Stream::Stderr, line.as_bytes());
        }
        Step { name, began: Instant::now() }
    }

    /// Ends the step without a line of its own: the next one takes its place.
    pub fn leave(self) {}

    /// Reports the end of the step, its result (may be empty) and its duration.
    pub fn done(self, result: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        let result = if result.is_empty() { String::new() } else { format!(": {result}") };
        line(&format!("wasgi: {}{result} ({seconds:.1} s)", self.name));
    }
}
