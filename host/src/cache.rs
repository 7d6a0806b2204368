//! The user's cache folder: compiled code and snapshots, by content. Everything here can be deleted at any time.

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How many files of one kind are kept; the oldest go first. A compiled application takes 30 to 60 MB.
const KEPT_FILES: usize = 16;

/// A folder below `$WASGI_CACHE`, `$XDG_CACHE_HOME/wasgi` or `~/.cache/wasgi`.
///
/// Compiled code from here is run as it is, so the folder must belong to this user alone.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens (and makes) the folder for one kind of file.
    ///
    /// # Errors
    /// When it cannot be made, or when others could write to it.
    pub fn open(kind: &str) -> Result<Self> {
        let root = match std::env::var_os("WASGI_CACHE") {
            Some(folder) => PathBuf::from(folder),
            None => dirs::cache_dir().context("no cache folder: set WASGI_CACHE")?.join("wasgi"),
        };
        let folder = root.join(kind);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("cannot make the cache folder {}: set WASGI_CACHE", folder.display()))?;
        let found = fs::metadata(&folder)?;
        if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            bail!(
                "others may write to {}, which holds compiled code: run `chmod go-w` on it or set WASGI_CACHE",
                folder.display()
            );
        }
        Ok(Cache { folder })
    }

    /// Where the entry of that name is or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The entry's bytes, or nothing when there is no such entry.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path(name)).ok()
    }

    /// Writes an entry so that a reader sees all of it or nothing, and lets the oldest entries go.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.path(name);
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
        self.prune();
        Ok(path)
    }

    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<_> =
            entries.flatten().filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path()))).collect();
        files.sort();
        for (_, path) in files.iter().rev().skip(KEPT_FILES) {
            let _ = fs::remove_file(path);
        }
    }
}

/// The SHA-256 of the parts, each with its length in front, as hexadecimal digits.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Machine code of single functions, so that a changed application is not compiled from nothing: its snapshot has
/// the same functions as the last one, only other data.
#[derive(Debug)]
pub struct FunctionStore {
    path: PathBuf,
    pack: Vec<u8>,
    index: HashMap<Vec<u8>, Range<usize>>,
    fresh: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

impl FunctionStore {
    /// Reads the pack of that name; a missing or damaged one is an empty one.
    pub fn open(name: &str) -> Result<Arc<Self>> {
        let path = Cache::open("functions")?.path(name);
        let pack = fs::read(&path).unwrap_or_default();
        let index = index(&pack).unwrap_or_default();
        Ok(Arc::new(FunctionStore { path, pack, index, fresh: Mutex::default() }))
    }

    /// Keeps what was compiled since the store was opened.
    pub fn save(&self) -> Result<()> {
        let fresh = std::mem::take(&mut *self.fresh.lock().expect("no panic while held"));
        if fresh.is_empty() {
            return Ok(());
        }
        let mut pack = if self.index.is_empty() { vec![] } else { self.pack.clone() };
        for (key, value) in &fresh {
            for part in [key, value] {
                pack.extend_from_slice(&u32::try_from(part.len())?.to_le_bytes());
                pack.extend_from_slice(part);
            }
        }
        let name = self.path.file_name().and_then(|name| name.to_str()).context("pack without a name")?;
        Cache::open("functions")?.write(name, &pack)?;
        Ok(())
    }
}

fn index(pack: &[u8]) -> Option<HashMap<Vec<u8>, Range<usize>>> {
    let mut index = HashMap::new();
    let mut at = 0;
    let next = |at: &mut usize| -> Option<Range<usize>> {
        let length = u32::from_le_bytes(pack.get(*at..*at + 4)?.try_into().ok()?) as usize;
        let range = *at + 4..*at + 4 + length;
        *at = range.end;
        (range.end <= pack.len()).then_some(range)
    };
    while at < pack.len() {
        let key = next(&mut at)?;
        index.insert(pack[key].to_vec(), next(&mut at)?);
    }
    Some(index)
}

impl wasmtime::CacheStore for FunctionStore {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.index.get(key).map(|range| Cow::Borrowed(&self.pack[range.clone()]))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.fresh.lock().expect("no panic while held").insert(key.to_vec(), value);
        true
    }
}

/// True when the file is one that this user wrote.
pub fn is_ours(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw())
}
