//! Reads objects of CPython's from the memory of a guest.

use super::offsets::{Interpreter, Sized};
use crate::memory::window::Window;

/// Bytes of a name or a table; no real one is longer.
const LONGEST: u32 = 64 << 10;
/// Characters of a file's or function's name that are shown.
const SHOWN: usize = 200;

/// An interpreter's memory.
pub struct Objects<'a> {
    pub interpreter: &'a Interpreter,
    pub memory: Window,
}

impl Objects<'_> {
    pub fn word(&self, address: u32, offset: u32) -> Option<u32> {
        let mut word = [0; 4];
        self.memory.read(address.checked_add(offset)?, &mut word)?;
        Some(u32::from_le_bytes(word))
    }

    /// The same where 0 stands for none.
    pub fn pointer(&self, address: u32, offset: u32) -> Option<u32> {
        self.word(address, offset).filter(|pointer| *pointer != 0)
    }

    pub fn byte(&self, address: u32, offset: u32) -> Option<u8> {
        let mut byte = [0];
        self.memory.read(address.checked_add(offset)?, &mut byte)?;
        Some(byte[0])
    }

    /// What a `bytes` object holds.
    pub fn bytes(&self, object: u32) -> Option<Vec<u8>> {
        let Sized { length, data } = self.interpreter.bytes;
        self.block(object, data, self.word(object, length)?, 1)
    }

    /// A `str` (CPython's `unicodeobject.h`). What could move a terminal's cursor or begin a line is spelled out.
    pub fn text(&self, object: u32) -> Option<String> {
        let Sized { length, data } = self.interpreter.text;
        let length = self.word(object, length)?;
        let state = self.word(object, self.interpreter.state)?;
        let (kind, is_compact, is_ascii) = (state >> 2 & 7, state >> 5 & 1 == 1, state >> 6 & 1 == 1);
        if !is_compact || !matches!(kind, 1 | 2 | 4) {
            return None;
        }
        // Other than ASCII has the length and the address of its UTF-8 in between.
        let data = if is_ascii { data } else { data + 8 };
        let block = self.block(object, data, length, kind)?;
        let characters = block.chunks_exact(kind as usize).map(|unit| {
            let number = unit.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
            char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
        });
        Some(characters.take(SHOWN).flat_map(harmless).collect())
    }

    fn block(&self, object: u32, data: u32, length: u32, unit: u32) -> Option<Vec<u8>> {
        let length = length.checked_mul(unit).filter(|length| *length <= LONGEST)?;
        let mut block = vec![0; length as usize];
        self.memory.read(object.checked_add(data)?, &mut block)?;
        Some(block)
    }
}

fn harmless(character: char) -> Vec<char> {
    if character.is_control() { character.escape_default().collect() } else { vec![character] }
}
