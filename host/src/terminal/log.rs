//! Output while serving: a thread of its own writes many lines at once.
//!
//! Where a reader takes the output from a pipe, as systemd and containers do, a write per request costs a tenth of a
//! small request, and a reader that stops would stop the whole server. Outside of serving, lines are written where they
//! arise.

use super::log_file::LogFile;
use anyhow::Result;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// How long lines gather; the first one after silence does not wait.
const INTERVAL: Duration = Duration::from_millis(5);
/// In bytes. Beyond this a writer waits until there is room again...
const MOST: usize = 1 << 20;
/// ... for this long, once. Then the reader has stopped or is too slow, and lines are lost until it has caught up.
const PATIENCE: Duration = Duration::from_secs(1);
/// For the last lines, when the server ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// "Erase in line" (ECMA-48, section 8.3.41): a shorter line would leave the end of the one before.
const ERASE: &[u8] = b"\x1b[K";

/// The destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
    /// The access log's. Only the thread that writes has it.
    File,
}

/// Whole lines in order of arrival, by stream.
type Chunks = Vec<(Stream, Vec<u8>)>;

struct Queue {
    /// Whether a thread writes. Without one nothing is queued.
    is_served: bool,
    is_closing: bool,
    /// The file is to be opened anew.
    reopens: bool,
    /// The thread waits to be woken.
    is_idle: bool,
    /// A writer has waited in vain, and the thread has not written everything since.
    is_stuck: bool,
    /// The terminal's last line is one of progress.
    is_passing: bool,
    chunks: Chunks,
    bytes: usize,
    /// Lost lines, since the thread wrote last.
    lost: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue::new());
static CHANGED: Condvar = Condvar::new();
/// Lines lost since the process began.
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many lines were lost since the process began.
pub fn lost() -> u64 {
    LOST.load(Relaxed)
}

/// Opens the file anew, after the lines that are there already: none is lost.
pub fn reopen() {
    queue().reopens = true;
    CHANGED.notify_all();
}

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().expect("no panic while held")
}

/// Writes whole lines, so that those of concurrent requests never mix. A closed terminal is no error.
///
/// A line that ends in a carriage return is one of progress, for a terminal: the next one, whoever writes it, takes its
/// place.
pub fn write(stream: Stream, lines: &[u8]) {
    let mut queue = queue();
    let erases = stream != Stream::File && std::mem::replace(&mut queue.is_passing, lines.ends_with(b"\r"));
    if !queue.is_served {
        drop(queue);
        if erases {
            write_now(Stream::Stderr, ERASE);
        }
        return write_now(stream, lines);
    }
    while queue.is_full(lines) && !queue.is_stuck {
        let (waited, timeout) = CHANGED.wait_timeout(queue, PATIENCE).expect("no panic while held");
        queue = waited;
        queue.is_stuck = timeout.timed_out() && queue.is_full(lines);
    }
    if erases {
        queue.push(Stream::Stderr, ERASE);
    }
    queue.push(stream, lines);
    if std::mem::take(&mut queue.is_idle) {
        CHANGED.notify_all();
    }
}

fn write_now(stream: Stream, lines: &[u8]) {
    let _ = match stream {
        Stream::Stdout => io::stdout().lock().write_all(lines).and_then(|()| io::stdout().flush()),
        Stream::Stderr => io::stderr().lock().write_all(lines),
        Stream::File => Ok(()),
    };
}

impl Queue {
    const fn new() -> Self {
        Queue {
            is_served: false,
            is_closing: false,
            reopens: false,
            is_idle: false,
            is_stuck: false,
            is_passing: false,
            chunks: vec![],
            bytes: 0,
            lost: 0,
        }
    }

    fn is_full(&self, lines: &[u8]) -> bool {
        self.bytes > 0 && self.bytes + lines.len() > MOST
    }

    fn push(&mut self, stream: Stream, lines: &[u8]) {
        if self.is_full(lines) {
            self.lost += memchr::memchr_iter(b'\n', lines).count();
            return;
        }
        self.bytes += lines.len();
        match self.chunks.last_mut() {
            Some((last, chunk)) if *last == stream => chunk.extend_from_slice(lines),
            _ => self.chunks.push((stream, lines.to_vec())),
        }
    }

    fn take(&mut self) -> Chunks {
        let mut chunks = std::mem::take(&mut self.chunks);
        self.bytes = 0;
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            LOST.fetch_add(lost as u64, Relaxed);
            let told = format!("wasgi: {lost} lines of this log were lost: they came faster than they are read\n");
            chunks.push((Stream::Stderr, told.into_bytes()));
        }
        chunks
    }
}

/// Runs the writing thread until dropped.
pub struct Background(());

impl Background {
    /// The thread takes the access log's file, if there is one.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(file: Option<LogFile>) -> Result<Self> {
        *queue() = Queue { is_served: true, ..Queue::new() };
        std::thread::Builder::new().name("log".into()).spawn(move || serve(file))?;
        Ok(Background(()))
    }
}

impl Drop for Background {
    /// Waits for the last lines, but not for ever: the reader may have stopped.
    fn drop(&mut self) {
        let mut queue = queue();
        queue.is_closing = true;
        CHANGED.notify_all();
        let _ = CHANGED.wait_timeout_while(queue, FAREWELL, |queue| queue.is_served);
    }
}

fn serve(mut file: Option<LogFile>) {
    loop {
        let mut queue = queue();
        while queue.chunks.is_empty() && !queue.is_closing && !queue.reopens {
            (queue.is_idle, queue.is_stuck) = (true, false);
            queue = CHANGED.wait(queue).expect("no panic while held");
        }
        let (chunks, is_last, reopens) = (queue.take(), queue.is_closing, std::mem::take(&mut queue.reopens));
        drop(queue);
        CHANGED.notify_all();
        for (stream, lines) in chunks {
            match (stream, &mut file) {
                (Stream::File, Some(file)) => tell(file.write(&lines)),
                _ => write_now(stream, &lines),
            }
        }
        if reopens {
            tell(file.as_mut().and_then(LogFile::reopen));
        }
        if is_last {
            break;
        }
        std::thread::sleep(INTERVAL);
    }
    self::queue().is_served = false;
    CHANGED.notify_all();
}

/// What went wrong with the file.
fn tell(fault: Option<String>) {
    if let Some(fault) = fault {
        write_now(Stream::Stderr, format!("{fault}\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_across_streams() {
        let mut queue = Queue::new();
        for (stream, line) in [(Stream::Stderr, "1\n"), (Stream::Stderr, "2\n"), (Stream::Stdout, "3\n")] {
            queue.push(stream, line.as_bytes());
        }
        assert_eq!(queue.take(), [(Stream::Stderr, b"1\n2\n".to_vec()), (Stream::Stdout, b"3\n".to_vec())]);
        assert_eq!((queue.take(), queue.bytes), (vec![], 0));
    }

    #[test]
    fn what_nobody_reads_is_lost_and_counted() {
        let mut queue = Queue::new();
        queue.push(Stream::Stderr, &vec![b'\n'; MOST]);
        queue.push(Stream::Stderr, b"a\nb\n");
        queue.is_stuck = true;
        let chunks = queue.take();
        assert!(queue.is_stuck, "that some of it could be written does not make others wait again");
        assert_eq!(chunks[0].1.len(), MOST);
        assert!(chunks[1].1.starts_with(b"wasgi: 2 lines of this log were lost"));
        queue.push(Stream::Stderr, b"c\n");
        assert_eq!(queue.take(), [(Stream::Stderr, b"c\n".to_vec())]);
    }
}
