//! The worst case: the most memory of this machine that one request takes, whatever its guest does. `--concurrency`
//! times that, plus `--unsent` for responses that outlive their guests, is the most for all.

use super::compress::encoder;
use super::limits::{ANSWER_CHUNK, CHUNKS_AHEAD, HOSTCALL, Limits};
use crate::machine;
use crate::memory::stack_size::STACK;
use crate::units::Size;
use crate::wasm::limits::TABLE_ELEMENTS;

/// Bytes of a table entry, twice: growth moves it.
const ELEMENT: u64 = 2 * 16;
/// What a response body holds at once: in its channel, in its writer's hand, and at the connection, which takes over
/// what the channel holds.
const ANSWER: u64 = (2 * CHUNKS_AHEAD as u64 + 2) * ANSWER_CHUNK as u64;
/// What any other body holds, unread: two chunks in its channel, and one in its writer's hand.
const BODY: u64 = 3 * ANSWER_CHUNK as u64;
/// Copies of a request's head: as received, as hyper's, as the guest's.
const HEADS: u64 = 3;
/// A map of headers is at most half empty.
const HEADERS: u64 = 2;
/// An idle instance, if the allocator cannot report its size.
const AT_REST: u64 = 1 << 20;

/// The parts that do not depend on the guest, and the one that does.
pub struct WorstCase {
    limits: Limits,
    /// Bytes that the host keeps for an idle instance.
    at_rest: u64,
    /// For requests and connections to others: handles, and bytes beside them.
    outgoing: (u64, u64),
    /// What compresses its response.
    encoder: u64,
}

impl WorstCase {
    /// `before` and `after` are the values of [`machine::allocated`] around an instantiation.
    pub fn new(limits: Limits, before: Option<u64>, after: Option<u64>) -> Self {
        let at_rest = before.zip(after).map_or(AT_REST, |(before, after)| after.saturating_sub(before));
        WorstCase { limits, at_rest, outgoing: (0, 0), encoder: 0 }
    }

    /// Adds what sandboxes take that reach others: handles, and bytes beside them.
    pub fn letting_out(self, handles: usize, most: u64) -> Self {
        WorstCase { outgoing: (handles as u64, most), ..self }
    }

    /// Adds what compresses a response, where responses are compressed.
    pub fn compressing(self, compresses: bool) -> Self {
        WorstCase { encoder: if compresses { encoder::MOST } else { 0 }, ..self }
    }

    /// Bytes beside linear memory.
    fn beside_memory(&self) -> u64 {
        let Limits { handles, response_headers, header_bytes, random, .. } = self.limits;
        let headers = HEADERS * response_headers.0;
        let handle = headers.max(BODY);
        let head = HEADS * header_bytes.0;
        let call = 2 * HOSTCALL as u64 + random.0;
        let tables = ELEMENT * TABLE_ELEMENTS as u64;
        let handles = (u64::from(handles) + self.outgoing.0) * handle;
        STACK as u64 + self.at_rest + tables + handles + call + head + headers + ANSWER + self.outgoing.1 + self.encoder
    }

    /// One request.
    pub fn of_one(&self) -> Size {
        Size(self.limits.memory.0 + self.beside_memory())
    }

    /// All concurrent requests, and the responses that wait for their clients.
    pub fn of_all(&self) -> Size {
        let running = self.of_one().0.saturating_mul(self.limits.concurrency.get().into());
        Size(running.saturating_add(self.limits.unsent.0))
    }

    /// The line that the server prints at its start, of its only application.
    pub fn line(&self) -> String {
        format!("wasgi: {}{}", self.parts(), warning(self.of_all()))
    }

    /// What a request takes, and all of the application's.
    pub fn parts(&self) -> String {
        let Limits { memory, concurrency, unsent, .. } = self.limits;
        format!(
            "a request takes at most {} ({memory} of linear memory, {} beside it), {concurrency} at once and {unsent} \
             of unsent answers {}",
            self.of_one(),
            Size(self.beside_memory()),
            self.of_all(),
        )
    }
}

/// The line about several applications together: the most bytes of each, by name. None if there is none.
pub fn total_line<'a>(applications: impl Iterator<Item = (&'a str, u64)> + Clone) -> Option<String> {
    let (largest, most) = applications.clone().max_by_key(|(_, most)| *most)?;
    let all = Size(applications.map(|(_, most)| most).fold(0, u64::saturating_add));
    let warning = warning(all);
    let cure = match warning.is_empty() {
        true => String::new(),
        false => format!(": lower memory or concurrency, first of {largest} ({})", Size(most)),
    };
    Some(format!("wasgi: all applications together take at most {all}{warning}{cure}"))
}

fn warning(all: Size) -> String {
    let has = machine::memory().filter(|has| *has < all);
    has.map_or_else(String::new, |has| format!(", more than the {has} that this machine has"))
}

/// The same before there is a component.
pub fn worst_case_of_all(limits: Limits) -> Size {
    WorstCase::new(limits, None, None).of_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(options: &[&str]) -> WorstCase {
        WorstCase::new(Limits::of(options), Some(1000), Some(1000 + (512 << 10)))
    }

    #[test]
    fn every_limit_counts() {
        let default = most(&[]);
        assert_eq!(default.of_all().0, 64 * default.of_one().0 + (256 << 20));
        for args in [
            &["--memory", "129MiB"][..],
            &["--handles", "101"],
            &["--response-headers", "129KiB"],
            &["--header-bytes", "65KiB"],
            &["--random", "2MiB"],
        ] {
            assert!(most(args).of_one() > default.of_one(), "{args:?}");
        }
        assert_eq!(most(&[]).compressing(true).of_one().0, default.of_one().0 + encoder::MOST);
        assert!(
            WorstCase::new(default.limits, None, None).of_one() > default.of_one(),
            "unknown is more than half a MiB"
        );
    }

    #[test]
    fn the_line_says_what_is_more_than_there_is() {
        let line = most(&["--concurrency", "4294967295"]).line();
        assert!(line.contains("at most") && line.contains("that this machine has"), "{line}");
        assert!(!most(&["--concurrency", "1"]).line().contains("that this machine has"));
    }

    #[test]
    fn of_several_the_one_that_takes_most_is_named() {
        let line = |all: &[(&'static str, u64)]| total_line(all.iter().copied());
        assert_eq!(line(&[]), None);
        let fits = line(&[("shop", 1 << 20), ("blog", 2 << 20)]).unwrap();
        assert!(fits.ends_with("together take at most 3 MiB"), "{fits}");
        let too_much = line(&[("shop", 1 << 60), ("blog", u64::MAX - 1), ("wiki", 2)]).unwrap();
        assert!(too_much.contains("that this machine has: lower memory or concurrency, first of blog ("), "{too_much}");
    }
}
