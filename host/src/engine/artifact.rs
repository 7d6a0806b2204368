//! Compiled components: machine code, followed by the snapshot.

use crate::store::cache::Cache;
use crate::store::sealed::Sealed;
use crate::wasm::split_snapshot::Snapshot;
use anyhow::{Context, Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime::component::Component;

/// A component's machine code and its snapshot: a copy of an entry of the cache, or of a file that the user named.
#[derive(Clone)]
pub struct Compiled {
    /// Its origin.
    path: PathBuf,
    code: Arc<Sealed>,
    /// The snapshot, where it is not the one behind the code.
    memory: Option<Arc<Sealed>>,
    /// Bytes after the snapshot.
    behind: u64,
    /// The name shared by all components that differ only in their snapshots.
    like: Option<String>,
}

impl Compiled {
    /// Held by this process alone.
    pub fn unnamed(code: &[u8]) -> Result<Self> {
        Self::kept(PathBuf::new(), code)
    }

    /// Just written to the cache.
    pub fn kept(path: PathBuf, code: &[u8]) -> Result<Self> {
        Ok(Self::trusted(path, Sealed::of(code)?, 0, None))
    }

    /// Whether it has that shared name.
    pub fn is_like(&self, name: &str) -> bool {
        self.like.as_deref() == Some(name)
    }

    /// The cache's entry of that name, if it (still) exists.
    pub fn named(name: &str) -> Result<Option<Self>> {
        let cache = Cache::open("compiled")?;
        let Some(mut file) = cache.open_entry(name) else { return Ok(None) };
        let path = cache.path(name);
        let code = Sealed::copy(&mut file).with_context(|| unusable(&path))?;
        Ok(Some(Self::trusted(path, code, 0, None)))
    }

    /// A copy of a user's file. `super::cwasm` has checked its owner and its content, and found `behind` bytes of its
    /// own at the end.
    pub fn trusted(path: PathBuf, code: Sealed, behind: u64, like: Option<String>) -> Self {
        Compiled { path, code: Arc::new(code), memory: None, behind, like }
    }

    /// The same machine code for a guest that begins with another memory; None where the code knows the memory's size.
    ///
    /// # Errors
    /// When memory is short.
    pub fn with_memory(&self, memory: &[u8]) -> Result<Option<Self>> {
        let Some(file) = self.snapshot()?.file_of_other(memory) else { return Ok(None) };
        let (path, code, like) = (self.path.clone(), self.code.clone(), self.like.clone());
        Ok(Some(Compiled { path, code, memory: Some(Arc::new(Sealed::of(&file)?)), behind: self.behind, like }))
    }

    /// Without its snapshot.
    pub fn code_alone(&self) -> Result<Vec<u8>> {
        let mut code = self.code.bytes()?;
        code.truncate(usize::try_from(self.snapshot_behind_code()?.offset)?);
        Ok(code)
    }

    /// Its name in the cache.
    pub fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Maps the code into an engine.
    pub fn load(&self, engine: &Engine) -> Result<Component> {
        let place = self.code.path();
        // SAFETY: the file was written by this user through `Cache`, in a folder only this user can write to, or it is
        // one that this user named and no other user could write (`super::cwasm`). This is a copy of it, which cannot
        // be changed as long as it is mapped.
        let loaded = unsafe {
            match place.exists() {
                true => Component::deserialize_file(engine, place),
                // Without `/proc`, this memory has no name to open. That takes one more copy.
                false => Component::deserialize(engine, self.code.bytes()?),
            }
        };
        loaded.map_err(Error::from).with_context(|| unusable(&self.path))
    }

    /// The memory with which its sandboxes begin.
    pub fn snapshot(&self) -> Result<Snapshot> {
        match &self.memory {
            Some(memory) => Snapshot::find(memory.file().try_clone()?, 0),
            None => self.snapshot_behind_code(),
        }
    }

    fn snapshot_behind_code(&self) -> Result<Snapshot> {
        Snapshot::find(self.code.file().try_clone()?, self.behind).with_context(|| unusable(&self.path))
    }
}

fn unusable(path: &Path) -> String {
    format!("cannot load the compiled code {}: delete it and try again", path.display())
}
