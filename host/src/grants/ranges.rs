//! A process's locks on ranges of one file, as in POSIX (fcntl(2)): each byte has at most one, and a new lock replaces
//! what it covers.
//!
//! The kernel keeps them, too, but neither reports nor limits their number.

use std::cmp::{max, min};

/// Per file. SQLite has three at once.
const MOST: usize = 64;

/// The last possible byte of a file.
const END: u64 = i64::MAX as u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
}

/// From one byte to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: u64,
    last: u64,
}

impl Span {
    /// None beyond any file. A length of 0 means all the rest.
    pub fn new(start: u64, length: u64) -> Option<Self> {
        let last = match length {
            0 => END,
            _ => start.checked_add(length - 1)?,
        };
        (start <= last && last <= END).then_some(Span { first: start, last })
    }

    /// For the kernel; None unlocks.
    pub fn lock(self, kind: Option<Kind>) -> libc::flock {
        let l_type = match kind {
            Some(Kind::Read) => libc::F_RDLCK,
            Some(Kind::Write) => libc::F_WRLCK,
            None => libc::F_UNLCK,
        };
        let length = if self.last == END { 0 } else { self.last - self.first + 1 };
        libc::flock {
            l_type: l_type as i16,
            l_whence: libc::SEEK_SET as i16,
            l_start: self.first as i64,
            l_len: length as i64,
            // Required for open file description locks.
            l_pid: 0,
        }
    }

    /// The parts outside another span.
    fn without(self, other: Span) -> impl Iterator<Item = Span> {
        let before =
            (self.first < other.first).then(|| Span { first: self.first, last: min(self.last, other.first - 1) });
        let after = (self.last > other.last).then(|| Span { first: max(self.first, other.last + 1), last: self.last });
        before.into_iter().chain(after)
    }
}

/// In order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(Span, Kind)>);

impl Ranges {
    /// The locks after a range is locked or unlocked. None if there would be too many.
    pub fn with(&self, span: Span, kind: Option<Kind>) -> Option<Self> {
        let left = self.0.iter().flat_map(|&(held, kind)| held.without(span).map(move |part| (part, kind)));
        let mut all: Vec<_> = left.chain(kind.map(|kind| (span, kind))).collect();
        all.sort_unstable_by_key(|(span, _)| span.first);
        all.dedup_by(|(next, kind), (held, held_kind)| {
            let meet = kind == held_kind && held.last + 1 == next.first;
            if meet {
                held.last = next.last;
            }
            meet
        });
        (all.len() <= MOST).then_some(Ranges(all))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Span, Kind)> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: u64, length: u64) -> Span {
        Span::new(start, length).unwrap()
    }

    #[test]
    fn what_no_file_has_is_no_span() {
        assert_eq!(Span::new(0, 0), Some(Span { first: 0, last: END }));
        assert_eq!(Span::new(END, 1), Some(Span { first: END, last: END }));
        for (start, length) in [(END, 2), (END + 1, 0), (1, END + 1), (u64::MAX, u64::MAX), (2, u64::MAX)] {
            assert_eq!(Span::new(start, length), None, "{start} {length}");
        }
    }

    #[test]
    fn they_are_not_more_than_the_most() {
        let mut ranges = Ranges::default();
        for place in 0..MOST as u64 {
            ranges = ranges.with(span(2 * place, 1), Some(Kind::Write)).unwrap();
        }
        assert_eq!(ranges.with(span(1000, 1), Some(Kind::Write)), None);
        assert_eq!(ranges.with(span(0, 0), Some(Kind::Read)).unwrap().0.len(), 1, "they merge");
        assert!(ranges.with(span(0, 0), None).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn each_byte_has_what_was_last_said_of_it(
            steps in prop::collection::vec((0..40u64, 0..20u64, 0..3u8), 0..40)
        ) {
            let mut ranges = Ranges::default();
            let mut bytes = [None; 64];
            for (start, length, kind) in steps {
                let kind = [None, Some(Kind::Read), Some(Kind::Write)][kind as usize];
                ranges = ranges.with(span(start, length), kind).unwrap();
                let end = if length == 0 { bytes.len() } else { (start + length) as usize };
                bytes[start as usize..end].fill(kind);
            }
            for (place, expected) in bytes.into_iter().enumerate() {
                let place = place as u64;
                let held = ranges.iter().find(|(span, _)| (span.first..=span.last).contains(&place));
                prop_assert_eq!(held.map(|(_, kind)| kind), expected);
            }
        }
    }
}
