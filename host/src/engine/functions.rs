//! The machine code of single functions, kept in the cache for the next compilation.

use crate::bundle;
use crate::store::archive::Archive;
use anyhow::Result;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use wasmtime::CacheStore;

/// Opened by the first compilation: it is large, and most builds compile nothing.
#[derive(Debug, Default)]
pub struct Functions(OnceLock<Option<Arc<Archive>>>);

impl Functions {
    /// Writes what was compiled.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn save(&self) -> Result<()> {
        self.0.get().and_then(Option::as_ref).map_or(Ok(()), |archive| archive.save())
    }

    fn archive(&self) -> Option<&Archive> {
        let open = || Archive::open(&format!("functions-{}", &bundle::fingerprint()[..16])).ok();
        self.0.get_or_init(open).as_deref()
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.archive()?.find(key).map(Cow::Owned)
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.archive().map(|archive| archive.add(key, value)).is_some()
    }
}
