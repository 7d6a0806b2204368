//! The user's cache folder: compiled code and snapshots, by content. Everything here can be deleted at any time.

use super::trust;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many files of one kind are kept; the oldest go first. A compiled application takes 30 to 60 MB, and a second run
/// of our own tests finds the two dozen that it needs.
const KEPT_FILES: usize = 32;
/// An application's memory after its import is private to its user.
const PRIVATE: u32 = 0o600;

/// A folder below `$WASGI_CACHE`, `$XDG_CACHE_HOME/wasgi` or `~/.cache/wasgi`.
///
/// Compiled code runs from here unchecked, so the folder must belong to this user alone.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens (or makes) the folder for one kind of file.
    ///
    /// # Errors
    /// When it cannot be made, or when others could write to it or to a folder above it.
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
        if found.uid() != nix::unistd::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            bail!(
                "others may write to {}, which holds compiled code: run `chmod go-w` on it or set WASGI_CACHE",
                folder.display()
            );
        }
        // A snapshot holds the values of variables from when its application was imported.
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        }
        let folder = fs::canonicalize(folder)?;
        if let Some(fault) = trust::fault_of_folders(&folder)? {
            bail!(
                "the cache {} holds compiled code, which others could replace: {fault}; or set WASGI_CACHE to a folder \
                 that is yours alone",
                folder.display()
            );
        }
        Ok(Cache { folder })
    }

    /// The path of the entry of that name, whether it exists or not.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Opens the entry, if this user wrote one.
    pub fn open_entry(&self, name: &str) -> Option<File> {
        let file = File::open(self.path(name)).ok()?;
        let is_ours = file.metadata().is_ok_and(|found| found.uid() == nix::unistd::geteuid().as_raw());
        is_ours.then_some(file)
    }

    /// The entry's bytes; None if there is no such entry.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path(name)).ok()
    }

    /// Writes an entry so that a reader sees all of it or nothing, and deletes the oldest entries.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name);
        write_whole(&path, bytes, PRIVATE).with_context(|| format!("cannot write {}", path.display()))?;
        self.prune();
        Ok(())
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

/// The mode of files that commands write at the user's request.
pub const READABLE: u32 = 0o666;

/// Writes all of a file or nothing, always a new file: mappings of the old one stay as they are. The process's umask
/// reduces `mode`. What exists and is no file, such as `/dev/stdout`, is written to in place.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    if path.exists() && !path.is_file() {
        return Ok(fs::write(path, bytes)?);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = Permissions::from_mode(mode);
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// The SHA-256 of the parts, each after its length, as hexadecimal digits.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
