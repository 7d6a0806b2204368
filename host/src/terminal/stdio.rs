//! The application's stdout and stderr: shown line by line as they come, marked as the application's.

use super::log::{self, Stream};
use crate::budget::Budget;
use bytes::Bytes;
use std::collections::HashSet;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A longer line is shown in pieces: the host buffers no more for a guest.
const LONGEST_LINE: usize = 8 << 10;

/// Whether standard output is this command's own.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// How a note of the gateway to developers begins.
const NOTE: &[u8] = b"wasgi: note: ";
/// The notes that were shown. No more than `MOST_NOTES` are.
static NOTES: LazyLock<Mutex<HashSet<Vec<u8>>>> = LazyLock::new(Mutex::default);
const MOST_NOTES: usize = 200;

/// From now on, lines of applications go to stderr alone: stdout has a result that programs read.
pub fn take_stdout() {
    IS_TAKEN.store(true, Relaxed);
}

/// One sandbox's stdout or stderr. The rest of an unfinished line is shown when the sandbox ends.
#[derive(Clone)]
pub struct AppStream(Arc<Mutex<Lines>>);

struct Lines {
    stream: Stream,
    /// The mark's first word: the name of the application, where several run.
    name: Option<Arc<str>>,
    budget: Arc<Budget>,
    unfinished: Vec<u8>,
    /// What follows the mark: empty, or the request's identifier.
    id: String,
    /// Each note of the gateway is shown once: every sandbox is fresh, and would repeat it.
    is_developing: bool,
}

impl AppStream {
    /// `name` is the application's, where several run.
    pub fn new(stream: Stream, budget: Arc<Budget>, name: Option<Arc<str>>) -> Self {
        AppStream(Arc::new(Mutex::new(Lines::new(stream, budget, name))))
    }

    /// For who develops the application.
    pub fn for_developers(self, is_developing: bool) -> Self {
        self.0.lock().expect("no panic while held").is_developing = is_developing;
        self
    }

    /// Lines from now on have the identifier of their request.
    pub fn mark_with(&self, id: &str) {
        self.0.lock().expect("no panic while held").id = format!("[{id}] ");
    }

    fn append(&self, bytes: &[u8]) {
        self.0.lock().expect("no panic while held").append(bytes);
    }
}

impl Lines {
    fn new(stream: Stream, budget: Arc<Budget>, name: Option<Arc<str>>) -> Self {
        Lines { stream, name, budget, unfinished: vec![], id: String::new(), is_developing: false }
    }

    fn append(&mut self, bytes: &[u8]) {
        let bytes = &bytes[..self.budget.take(bytes.len())];
        let mut shown = vec![];
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            self.unfinished.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.unfinished.len() >= LONGEST_LINE {
                self.take_line(&mut shown);
            }
        }
        self.show(&shown);
    }

    fn take_line(&mut self, shown: &mut Vec<u8>) {
        if self.is_developing && self.unfinished.starts_with(NOTE) && !is_new(&self.unfinished) {
            return self.unfinished.clear();
        }
        shown.extend_from_slice(self.name.as_deref().unwrap_or("app").as_bytes());
        shown.extend_from_slice(self.mark());
        shown.extend_from_slice(self.id.as_bytes());
        let line = self.unfinished.strip_suffix(b"\n").unwrap_or(&self.unfinished);
        show_harmless(line.strip_suffix(b"\r").unwrap_or(line), shown);
        shown.push(b'\n');
        self.unfinished.clear();
    }

    fn mark(&self) -> &'static [u8] {
        match self.stream {
            Stream::Stdout => b" | ",
            Stream::Stderr | Stream::File => b" ! ",
        }
    }

    fn show(&self, lines: &[u8]) {
        if !lines.is_empty() {
            log::write(if IS_TAKEN.load(Relaxed) { Stream::Stderr } else { self.stream }, lines);
        }
    }
}

fn is_new(note: &[u8]) -> bool {
    let mut notes = NOTES.lock().expect("no panic while held");
    notes.len() < MOST_NOTES && notes.insert(note.to_vec())
}

/// Shows control characters as `\x1b`, except tabs: on a terminal they could overwrite the mark in front of the line,
/// or other text.
fn show_harmless(line: &[u8], shown: &mut Vec<u8>) {
    for chunk in line.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character.is_control() && character != '\t' {
                true => shown.extend_from_slice(format!("\\x{:02x}", u32::from(character)).as_bytes()),
                false => shown.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        // Not UTF-8: a terminal of another encoding may take some of these for control characters.
        chunk.invalid().iter().for_each(|byte| shown.extend_from_slice(format!("\\x{byte:02x}").as_bytes()));
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.unfinished.is_empty() {
            let mut shown = vec![];
            self.take_line(&mut shown);
            self.show(&shown);
        }
    }
}

impl IsTerminal for AppStream {
    /// Never: applications colour their output for terminals, and this goes through a log.
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for AppStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for AppStream {
    async fn ready(&mut self) {}
}

impl OutputStream for AppStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.append(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST_LINE)
    }
}

impl AsyncWrite for AppStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_the_cursor_is_spelled_out() {
        let mut shown = vec![];
        show_harmless("a\tb \u{fc}\r\x1b[2K\u{9b}\0".as_bytes(), &mut shown);
        show_harmless(b"\x9b\xff", &mut shown);
        assert_eq!(String::from_utf8(shown).unwrap(), "a\tb \u{fc}\\x0d\\x1b[2K\\x9b\\x00\\x9b\\xff");
    }

    #[test]
    fn lines_are_marked_and_unfinished_ones_wait() {
        let mut lines = Lines::new(Stream::Stdout, Budget::new(u64::MAX, ""), None);
        let mut shown = vec![];
        lines.unfinished.extend_from_slice(b"half\n");
        lines.take_line(&mut shown);
        assert_eq!(shown, b"app | half\n");
        lines.name = Some("shop".into());
        lines.take_line(&mut shown);
        assert_eq!(shown, b"app | half\nshop | \n");
        lines.append(b"no end");
        assert_eq!(lines.unfinished, b"no end");
        lines.unfinished.clear();
    }

    #[test]
    fn developers_see_a_note_once() {
        let mut lines = Lines::new(Stream::Stderr, Budget::new(u64::MAX, ""), None);
        let mut taken = |line: &[u8], is_developing| {
            lines.is_developing = is_developing;
            lines.unfinished.extend_from_slice(line);
            let mut shown = vec![];
            lines.take_line(&mut shown);
            !shown.is_empty()
        };
        let note = b"wasgi: note: of the test\n";
        assert!(taken(note, true) && !taken(note, true) && taken(note, false));
        assert!(taken(b"wasgi: no note\n", true) && taken(b"wasgi: no note\n", true));
    }
}
