//! Finds the interpreter in a snapshot, and the places of what matters in its structures.

/// What `_PyRuntime` begins with.
const COOKIE: &[u8; 8] = b"xdebugpy";
/// The upper half of `PY_VERSION_HEX` of the series whose description this is.
const VERSION: u64 = 0x030d;
/// In words of 64 bits.
const LENGTH: usize = 71;

/// CPython's runtime in one component: its address, and offsets in its structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// Of `_PyRuntime.interpreters.head`.
    pub(super) first: u32,
    pub(super) threads: u32,
    pub(super) thread: Thread,
    pub(super) frame: Frame,
    pub(super) code: Code,
    pub(super) bytes: Sized,
    pub(super) text: Sized,
    /// Of a text's state.
    pub(super) state: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    pub next: u32,
    pub frame: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub previous: u32,
    pub executable: u32,
    pub instruction: u32,
    pub owner: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub filename: u32,
    pub qualified_name: u32,
    pub lines: u32,
    pub first_line: u32,
    pub instructions: u32,
}

/// An object that has a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sized {
    pub length: u32,
    pub data: u32,
}

impl Interpreter {
    /// The interpreter in a snapshot that begins at this address; None if there is none that is known.
    pub fn find(start: usize, snapshot: &[u8]) -> Option<Self> {
        let found = memchr::memmem::find_iter(snapshot, COOKIE);
        found.filter_map(|place| Self::at(u32::try_from(start + place).ok()?, &snapshot[place..])).next()
    }

    fn at(address: u32, described: &[u8]) -> Option<Self> {
        let (words, _) = described.as_chunks::<8>();
        let words = words.get(..LENGTH)?;
        if u64::from_le_bytes(words[1]) >> 16 != VERSION {
            return None;
        }
        // No structure is that large.
        let word = |place: usize| u32::try_from(u64::from_le_bytes(words[place])).ok().filter(|word| *word < 1 << 20);
        Some(Interpreter {
            first: address.checked_add(word(5)?)?,
            threads: word(9)?,
            thread: Thread { next: word(21)?, frame: word(23)? },
            frame: Frame { previous: word(29)?, executable: word(30)?, instruction: word(31)?, owner: word(33)? },
            code: Code {
                filename: word(35)?,
                qualified_name: word(37)?,
                lines: word(38)?,
                first_line: word(39)?,
                instructions: word(43)?,
            },
            bytes: Sized { length: word(65)?, data: word(66)? },
            text: Sized { length: word(69)?, data: word(70)? },
            state: word(68)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(version: u64) -> Vec<u8> {
        let words = (2..LENGTH as u64).flat_map(u64::to_le_bytes);
        [&COOKIE[..], &version.to_le_bytes()].concat().into_iter().chain(words).collect()
    }

    #[test]
    fn the_interpreter_is_found_behind_what_only_looks_like_it() {
        let snapshot =
            [b"a source says xdebugpy, too".to_vec(), described(0x030e_00f0), described(0x030d_05f0)].concat();
        let found = Interpreter::find(0x1000, &snapshot).unwrap();
        let place = snapshot.len() - LENGTH * 8;
        assert_eq!(found.first as usize, 0x1000 + place + 5);
        assert_eq!(found.code.qualified_name, 37);
        assert_eq!(Interpreter::find(0, &snapshot[..snapshot.len() - 1]), None, "cut off");
        assert_eq!(Interpreter::find(0, &[]), None);
    }
}
