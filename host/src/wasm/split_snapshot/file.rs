//! The file in which the content of a memory follows machine code.

use super::common::DECLARED_PAGES;
use crate::units::WASM_PAGE;
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// No supported machine has larger pages.
pub const PAGE: usize = 64 << 10;
/// Ends the file, after four numbers of eight bytes each: the snapshot's place in memory, its length, and
/// [`RuntimeLimits`].
const MARK: &[u8; 8] = b"\0snap\x02\0\n";
/// Bytes of the numbers and the mark.
const TRAILER: usize = 40;
/// Means no maximum.
const UNBOUNDED: u64 = u64::MAX;

/// The limits of a memory that are left to run time, because they differ from one snapshot to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuntimeLimits {
    /// Bytes of the initial size beyond the declared one.
    pub beyond: usize,
    /// The maximum size, in bytes.
    pub maximum: Option<usize>,
}

/// The part of a file that holds the content of a memory.
#[derive(Debug)]
pub struct Snapshot {
    pub file: File,
    /// In the file; a multiple of the page size, as the other numbers are.
    pub offset: u64,
    /// In memory: everything before and after it is zero.
    pub start: usize,
    pub length: usize,
    pub runtime_limits: RuntimeLimits,
}

impl RuntimeLimits {
    /// The initial size, in bytes, of a memory that declares `minimum`.
    pub fn size(&self, minimum: usize) -> usize {
        // Not the memory of the snapshot.
        if minimum as u64 != DECLARED_PAGES * WASM_PAGE { minimum } else { minimum + self.beyond }
    }
}

/// Appends the content of a memory to a file, where [`Snapshot::find`] finds it.
pub fn append(memory: &[u8], runtime_limits: RuntimeLimits, file: &mut Vec<u8>) {
    let page = |index: usize| index / PAGE * PAGE;
    let start = memory.iter().position(|byte| *byte != 0).map_or(0, page);
    let end = memory.iter().rposition(|byte| *byte != 0).map_or(0, |last| page(last) + PAGE);
    let content = &memory[start..end.min(memory.len())];
    file.resize(file.len().next_multiple_of(PAGE), 0);
    file.extend_from_slice(content);
    let maximum = runtime_limits.maximum.map_or(UNBOUNDED, |maximum| maximum as u64);
    for number in [start as u64, content.len() as u64, runtime_limits.beyond as u64, maximum] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(MARK);
}

impl Snapshot {
    /// A file with other content of the same memory; None where the machine code knows the memory's size.
    pub fn file_of_other(&self, memory: &[u8]) -> Option<Vec<u8>> {
        let beyond = memory.len().checked_sub((DECLARED_PAGES * WASM_PAGE) as usize)?;
        let is_told = self.runtime_limits != RuntimeLimits::default();
        is_told.then(|| {
            let mut file = vec![];
            append(memory, RuntimeLimits { beyond, ..self.runtime_limits }, &mut file);
            file
        })
    }

    /// Memory from its beginning to the end of the stored content.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn memory(&self) -> Result<Vec<u8>> {
        let mut memory = vec![0; self.start + self.length];
        self.file.read_exact_at(&mut memory[self.start..], self.offset)?;
        Ok(memory)
    }

    /// Finds the snapshot in a file; `behind` bytes follow it.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(mut file: File, behind: u64) -> Result<Self> {
        let size = file.metadata()?.len();
        let trailer = size.checked_sub(behind + TRAILER as u64).context("it is too short")?;
        let mut read = [0; TRAILER];
        file.seek(SeekFrom::Start(trailer))?;
        file.read_exact(&mut read)?;
        ensure!(read.ends_with(MARK), "no snapshot is in it");
        let number = |at: usize| u64::from_le_bytes(read[at..at + 8].try_into().expect("eight bytes"));
        let (start, length) = (number(0), number(8));
        let offset = trailer.checked_sub(length).context("its snapshot is cut short")?;
        ensure!([offset, start, length].iter().all(|place| place % PAGE as u64 == 0), "its snapshot is misplaced");
        let maximum = Some(number(24)).filter(|maximum| *maximum != UNBOUNDED).map(usize::try_from).transpose()?;
        let runtime_limits = RuntimeLimits { beyond: usize::try_from(number(16))?, maximum };
        Ok(Snapshot { file, offset, start: usize::try_from(start)?, length: usize::try_from(length)?, runtime_limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn another_memory_has_a_file_of_its_own() {
        let found = |bytes: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            Snapshot::find(file, 0).unwrap()
        };
        let mut bytes = b"code".to_vec();
        append(&[1; 2 * PAGE], RuntimeLimits { beyond: PAGE, maximum: Some(9 * PAGE) }, &mut bytes);
        let mut memory = vec![0; 5 * PAGE];
        memory[3 * PAGE + 1] = 7;
        let other = found(&found(&bytes).file_of_other(&memory).unwrap());
        assert_eq!((other.offset, other.start, other.length), (0, 3 * PAGE, PAGE));
        assert_eq!(other.memory().unwrap(), memory[..4 * PAGE]);
        assert_eq!(other.runtime_limits, RuntimeLimits { beyond: 4 * PAGE, maximum: Some(9 * PAGE) });
        // Without limits left to run time, the code knows the size.
        let mut known = vec![];
        append(&memory, RuntimeLimits::default(), &mut known);
        assert!(found(&known).file_of_other(&memory).is_none());
    }
}
