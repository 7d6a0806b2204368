//! The top of a Python stack.

use super::lines::line_of;
use super::object::Objects;
use super::offsets::Interpreter;
use crate::layout;
use crate::memory::window::Window;
use std::fmt;

/// Frames that are looked at; the application's is rarely far from the top.
const FRAMES: usize = 1000;
/// Threads that are looked at, as Python counts them.
const THREADS: usize = 100;
/// Of a frame that is none of Python's (`_frameowner` in CPython's `pycore_frame.h`).
const OWNED_BY_C: u8 = 3;

/// A place in Python code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    file: String,
    line: Option<i64>,
    function: String,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Site { file, line, function } = self;
        match line {
            Some(line) => write!(f, "at {file}:{line} in {function}"),
            None => write!(f, "at {file} in {function}"),
        }
    }
}

/// Whose code it is: a line of the application's says most, then one of its packages'.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Application,
    Package,
    Library,
    Gateway,
}

impl Site {
    fn owner(&self) -> Owner {
        let is_below = |folder: &str| self.file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        match () {
            () if is_below(layout::APP) => Owner::Application,
            () if is_below(layout::SITE_PACKAGES) => Owner::Package,
            () if self.file.contains("/wasgi_guest/") || self.file.starts_with("<frozen importlib") => Owner::Gateway,
            () => Owner::Library,
        }
    }
}

impl Interpreter {
    /// Where the Python code is, in the application if that has a frame (`_site` in `wasgi_guest/tracebacks.py` chooses
    /// the same). The guest must not run meanwhile.
    pub fn site(&self, memory: Window) -> Option<Site> {
        let objects = Objects { interpreter: self, memory };
        let sites = objects.frames().filter_map(|frame| objects.site(frame));
        let mut best: Option<Site> = None;
        for site in sites {
            match site.owner() {
                Owner::Application => return Some(site),
                Owner::Gateway => {}
                owner if best.as_ref().is_none_or(|best| owner < best.owner()) => best = Some(site),
                _ => {}
            }
        }
        best
    }
}

impl Objects<'_> {
    /// From the top.
    fn frames(&self) -> impl Iterator<Item = u32> {
        let previous = self.interpreter.frame.previous;
        std::iter::successors(self.top(), move |frame| self.pointer(*frame, previous)).take(FRAMES)
    }

    /// Of the thread that runs: the others have no frames.
    fn top(&self) -> Option<u32> {
        let Interpreter { first, threads, thread, .. } = *self.interpreter;
        let first = self.pointer(self.pointer(first, 0)?, threads);
        let mut threads = std::iter::successors(first, |at| self.pointer(*at, thread.next)).take(THREADS);
        threads.find_map(|at| self.pointer(at, thread.frame))
    }

    fn site(&self, at: u32) -> Option<Site> {
        let Interpreter { frame, code, .. } = *self.interpreter;
        if self.byte(at, frame.owner)? == OWNED_BY_C {
            return None;
        }
        let object = self.pointer(at, frame.executable)?;
        let file = self.text(self.pointer(object, code.filename)?)?;
        let function = self.text(self.pointer(object, code.qualified_name)?)?;
        let first_line = i64::from(self.word(object, code.first_line)?.cast_signed());
        let place = self.pointer(at, frame.instruction)?.checked_sub(object.checked_add(code.instructions)?);
        let table = self.pointer(object, code.lines).and_then(|table| self.bytes(table));
        let line = place.zip(table).and_then(|(place, table)| line_of(&table, first_line, place / 2));
        Some(Site { file, line, function })
    }
}
