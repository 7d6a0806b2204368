//! The machine code embedded in this program: the interpreter's, for booting and for serving. All applications share
//! it, so no application needs a compilation.
//!
//! `wasgi machine-code` writes it, and `build.rs` embeds it in the next program built from the same sources. An entry's
//! name identifies the code, its compiler, and the level of processors; if an entry is missing, wasgi compiles.

use crate::store::archive::{self, Index};
use anyhow::Result;

const CARRIED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/machine-code"));
/// The entry that says what the others are for.
pub const KIND: &str = "kind";
/// It is compressed once for all downloads, which takes a minute.
const ZSTD_LEVEL: i32 = 19;

/// Entries by name, each compressed on its own: a start needs one or two of them.
pub struct EmbeddedCode {
    bytes: &'static [u8],
    index: Index,
}

impl EmbeddedCode {
    pub fn with_this_program() -> Self {
        Self::of(CARRIED)
    }

    /// Damaged bytes count as no entries.
    pub fn of(bytes: &'static [u8]) -> Self {
        EmbeddedCode { bytes, index: archive::index_of(bytes).unwrap_or_default() }
    }

    /// The entry of that name.
    pub fn find(&self, name: &str) -> Option<Vec<u8>> {
        let range = self.index.get(name.as_bytes())?.clone();
        zstd::decode_all(&self.bytes[range.start as usize..range.end as usize]).ok()
    }

    /// Whether the embedded code is of this kind ([`super::settings::code_fingerprint`]).
    pub fn is_for(&self, code: &str) -> bool {
        self.find(KIND).is_some_and(|kind| kind == code.as_bytes())
    }

    /// Whether nothing is embedded.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}

/// The file of entries to embed.
///
/// # Errors
/// When an entry is larger than 4 GiB.
pub fn packed(entries: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    for (name, code) in entries {
        archive::append(&mut bytes, name.as_bytes(), &zstd::encode_all(&code[..], ZSTD_LEVEL)?)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_found_by_its_name() {
        let entries = [("one".to_owned(), vec![1; 100]), ("two".to_owned(), vec![2; 200])];
        let bytes = packed(&entries).unwrap().leak();
        let embedded = EmbeddedCode::of(bytes);
        assert_eq!(embedded.find("two").unwrap(), [2; 200]);
        assert!(embedded.find("three").is_none() && !embedded.is_empty());
        assert!(EmbeddedCode::of(&bytes[..bytes.len() - 1]).is_empty(), "cut short");
    }
}
