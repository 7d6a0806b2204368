//! Many small entries of the cache in one file.

use super::cache::Cache;
use anyhow::Result;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// A larger archive starts afresh: entries still in use return, the others are gone.
const LARGEST: usize = 256 << 20;

/// Entries by key: the machine code of single functions, or the bytecode of single files.
///
/// Because of the former, a changed application is not compiled from scratch: its snapshot has the same functions as
/// the previous one, only other data.
#[derive(Debug)]
pub struct Archive {
    cache: Cache,
    name: String,
    bytes: Vec<u8>,
    index: HashMap<Vec<u8>, Range<usize>>,
    fresh: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

impl Archive {
    /// Reads the archive of that name; a missing or damaged one is empty.
    pub fn open(name: &str) -> Result<Arc<Self>> {
        let cache = Cache::open("archives")?;
        let bytes = cache.read(name).unwrap_or_default();
        let index = if bytes.len() > LARGEST { None } else { index(&bytes) };
        Ok(Arc::new(Archive {
            cache,
            name: name.to_owned(),
            bytes,
            index: index.unwrap_or_default(),
            fresh: Mutex::default(),
        }))
    }

    /// The entry of that key.
    pub fn find(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        if let Some(range) = self.index.get(key) {
            return Some(Cow::Borrowed(&self.bytes[range.clone()]));
        }
        self.fresh.lock().expect("no panic while held").get(key).cloned().map(Cow::Owned)
    }

    /// Adds an entry; [`Archive::save`] writes it to the cache.
    pub fn add(&self, key: &[u8], value: Vec<u8>) {
        self.fresh.lock().expect("no panic while held").insert(key.to_vec(), value);
    }

    /// Writes what was added since the archive was opened.
    pub fn save(&self) -> Result<()> {
        let fresh = self.fresh.lock().expect("no panic while held");
        if fresh.is_empty() {
            return Ok(());
        }
        let mut bytes = if self.index.is_empty() { vec![] } else { self.bytes.clone() };
        for (key, value) in fresh.iter() {
            append(&mut bytes, key, value)?;
        }
        self.cache.write(&self.name, &bytes)
    }
}

/// Appends an entry.
pub fn append(bytes: &mut Vec<u8>, key: &[u8], value: &[u8]) -> Result<()> {
    for part in [key, value] {
        bytes.extend_from_slice(&u32::try_from(part.len())?.to_le_bytes());
        bytes.extend_from_slice(part);
    }
    Ok(())
}

/// The place of each entry's value: key and value follow one another, each after its length.
pub fn index(bytes: &[u8]) -> Option<HashMap<Vec<u8>, Range<usize>>> {
    let mut index = HashMap::new();
    let mut at = 0;
    let next = |at: &mut usize| -> Option<Range<usize>> {
        let length = u32::from_le_bytes(bytes.get(*at..*at + 4)?.try_into().ok()?) as usize;
        let range = *at + 4..*at + 4 + length;
        *at = range.end;
        (range.end <= bytes.len()).then_some(range)
    };
    while at < bytes.len() {
        let key = next(&mut at)?;
        index.insert(bytes[key].to_vec(), next(&mut at)?);
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_archive_is_an_empty_one() {
        let whole = [1, 0, 0, 0, b'k', 2, 0, 0, 0, b'v', b'w'];
        assert_eq!(index(&whole).unwrap()[&b"k"[..]], 9..11);
        assert!(index(&whole[..10]).is_none());
        assert!(index(&[0xff; 4]).is_none());
    }
}
