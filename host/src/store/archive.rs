//! Many small entries of the cache in one file.

use super::cache::Cache;
use anyhow::{Result, ensure};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

/// A larger archive starts afresh: entries still in use return, the others are gone.
const LARGEST: u64 = 256 << 20;
/// Keys are no longer than this, and are read with the two lengths.
const LONGEST_KEY: usize = 120;
const HEAD: usize = LONGEST_KEY + 8;

/// Places of entries by key.
pub type Index = HashMap<Vec<u8>, Range<u64>>;

/// Entries by key: the machine code of single functions, or the bytecode of single files.
///
/// Because of the former, a changed application is not compiled from scratch: its snapshot has the same functions as
/// the previous one, only other data. A build needs few of an archive's entries, so it reads no others.
#[derive(Debug)]
pub struct Archive {
    cache: Cache,
    name: String,
    file: Option<File>,
    index: Index,
    fresh: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

impl Archive {
    /// Opens the archive of that name; a missing or damaged one is empty.
    pub fn open(name: &str) -> Result<Arc<Self>> {
        let cache = Cache::open("archives")?;
        let file = cache.open_entry(name);
        let index = file.as_ref().and_then(|file| {
            let length = file.metadata().ok()?.len();
            index(length, |bytes, at| file.read_at(bytes, at)).filter(|_| length <= LARGEST)
        });
        let (name, index, fresh) = (name.to_owned(), index.unwrap_or_default(), Mutex::default());
        Ok(Arc::new(Archive { cache, name, file, index, fresh }))
    }

    /// The entry of that key.
    pub fn find(&self, key: &[u8]) -> Option<Vec<u8>> {
        if let Some((file, range)) = self.file.as_ref().zip(self.index.get(key)) {
            let mut value = vec![0; (range.end - range.start) as usize];
            return file.read_exact_at(&mut value, range.start).ok().map(|()| value);
        }
        self.fresh.lock().expect("no panic while held").get(key).cloned()
    }

    /// Whether there is an entry of that key.
    pub fn has(&self, key: &[u8]) -> bool {
        self.index.contains_key(key) || self.fresh.lock().expect("no panic while held").contains_key(key)
    }

    /// Adds an entry; [`Archive::save`] writes it to the cache.
    pub fn add(&self, key: &[u8], value: Vec<u8>) {
        self.fresh.lock().expect("no panic while held").insert(key.to_vec(), value);
    }

    /// Writes what was added since the archive was opened, behind what other builds have written by now.
    pub fn save(&self) -> Result<()> {
        let fresh = self.fresh.lock().expect("no panic while held");
        if fresh.is_empty() {
            return Ok(());
        }
        let is_sound = |bytes: &Vec<u8>| bytes.len() as u64 <= LARGEST && index_of(bytes).is_some();
        let mut bytes = self.cache.read(&self.name).filter(is_sound).unwrap_or_default();
        for (key, value) in fresh.iter() {
            append(&mut bytes, key, value)?;
        }
        self.cache.write(&self.name, &bytes)
    }
}

/// Appends an entry.
///
/// # Errors
/// When its key or its value is too long.
pub fn append(bytes: &mut Vec<u8>, key: &[u8], value: &[u8]) -> Result<()> {
    ensure!(key.len() <= LONGEST_KEY, "a key of {} bytes", key.len());
    for part in [key, value] {
        bytes.extend_from_slice(&u32::try_from(part.len())?.to_le_bytes());
        bytes.extend_from_slice(part);
    }
    Ok(())
}

/// The index of an archive in memory; None if it is damaged.
pub fn index_of(bytes: &[u8]) -> Option<Index> {
    index(bytes.len() as u64, |piece, at| {
        let rest = &bytes[at as usize..];
        let length = piece.len().min(rest.len());
        piece[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    })
}

/// The place of each entry's value: key and value follow one another, each after its length. `read_at` gives fewer bytes
/// than asked for at the end alone.
fn index(length: u64, read_at: impl Fn(&mut [u8], u64) -> io::Result<usize>) -> Option<Index> {
    let mut index = Index::new();
    let (mut at, mut head) = (0, [0; HEAD]);
    while at < length {
        let read = read_at(&mut head, at).ok()?;
        let (size, rest) = head[..read].split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        let (size, _) = rest.split_first_chunk()?;
        let start = at + (key.len() + 8) as u64;
        at = start + u64::from(u32::from_le_bytes(*size));
        index.insert(key.to_vec(), start..at);
    }
    (at == length).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_archive_is_an_empty_one() {
        let whole = [1, 0, 0, 0, b'k', 2, 0, 0, 0, b'v', b'w'];
        assert_eq!(index_of(&whole).unwrap()[&b"k"[..]], 9..11);
        for damaged in [&whole[..10], &whole[..7], &[0xff; 4]] {
            assert!(index_of(damaged).is_none(), "{damaged:?}");
        }
    }

    #[test]
    fn entries_are_found_by_their_keys() {
        let mut bytes = vec![];
        let values = [vec![1; 3], vec![], vec![2; 100_000]];
        for (key, value) in ["one", "two", &"x".repeat(LONGEST_KEY)].iter().zip(&values) {
            append(&mut bytes, key.as_bytes(), value).unwrap();
        }
        assert!(append(&mut bytes, &[0; LONGEST_KEY + 1], b"").is_err());
        let index = index_of(&bytes).unwrap();
        let value = |key: &str| {
            let range = &index[key.as_bytes()];
            &bytes[range.start as usize..range.end as usize]
        };
        assert_eq!(
            (value("one"), value("two"), value(&"x".repeat(LONGEST_KEY))),
            (&values[0][..], &values[1][..], &values[2][..])
        );
    }
}
