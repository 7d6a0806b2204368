//! A walk through an application's folder, and what it leaves out.

use super::exclusions::Exclusions;
use crate::engine::cwasm;
use anyhow::{Result, bail};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, Match};
use nix::sys::stat::{SFlag, fstat};
use std::collections::HashMap;
use std::env::current_exe;
use std::fs::Metadata;
use std::io::{stderr, stdout};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Excludes files of its folder, and includes files that a rule leaves out (`!PATTERN`).
pub const IGNORE_FILE: &str = ".wasgiignore";

/// A file or folder that a rule left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Relative to the application's folder; a folder's path ends with a slash.
    pub path: String,
    /// It is a granted directory.
    pub granted: bool,
}

/// Decides on each entry of one walk through the folder.
pub struct Sieve {
    exclusions: Arc<Exclusions>,
    /// Granted directories, the files that receive this process's own output, and its executable.
    granted: Vec<FileId>,
    own_logs: Vec<FileId>,
    own_command: Vec<FileId>,
    /// Which patterns of the command line have matched.
    matched: Vec<AtomicBool>,
    /// By their folders.
    ignore_files: Mutex<HashMap<PathBuf, Arc<Gitignore>>>,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    left_out: Vec<LeftOut>,
    /// The fault of an ignore file.
    error: Option<String>,
}

/// Device and inode.
type FileId = (u64, u64);

impl Sieve {
    pub fn of(exclusions: &Arc<Exclusions>) -> Self {
        let granted = exclusions.granted.iter().filter_map(|path| path.metadata().ok()).map(|found| id(&found));
        Sieve {
            granted: granted.collect(),
            own_logs: own_logs(),
            own_command: own_command().into_iter().collect(),
            matched: exclusions.include.iter().map(|_| AtomicBool::new(false)).collect(),
            ignore_files: Mutex::default(),
            found: Mutex::default(),
            exclusions: exclusions.clone(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.exclusions.folder()
    }

    /// Whether to pack a file, or to enter a folder.
    pub fn lets_through(&self, entry: &DirEntry) -> bool {
        let (path, is_dir) = (entry.path(), entry.file_type().is_some_and(|kind| kind.is_dir()));
        if entry.depth() == 0 {
            return true;
        }
        if is_never_packed(path) || !is_dir && is_one_of(entry, &self.own_command) {
            return false;
        }
        if !is_dir && is_one_of(entry, &self.own_logs) {
            return self.leave_out(path, is_dir, false);
        }
        match self.asked_for(path, is_dir) {
            Match::Whitelist(()) => true,
            Match::Ignore(()) => false,
            Match::None if is_dir && is_one_of(entry, &self.granted) => self.leave_out(path, is_dir, true),
            Match::None if self.exclusions.rule_out(path, is_dir) => self.leave_out(path, is_dir, false),
            Match::None => !entry.file_name().as_encoded_bytes().starts_with(b".") && !path.ends_with("node_modules"),
        }
    }

    /// What was left out so far, and patterns of the command line that matched nothing.
    ///
    /// # Errors
    /// When an ignore file has an invalid pattern.
    pub fn result(&self) -> Result<(Vec<LeftOut>, Vec<String>)> {
        self.check()?;
        let pairs = self.exclusions.include.iter().zip(&self.matched);
        let unmatched = pairs.filter(|(_, matched)| !matched.load(Ordering::Relaxed));
        let unmatched = unmatched.map(|((text, _), _)| text.clone()).collect();
        Ok((self.found().left_out.clone(), unmatched))
    }

    /// # Errors
    /// As [`Sieve::result`].
    pub fn check(&self) -> Result<()> {
        match &self.found().error {
            Some(error) => bail!("{error}: write patterns as in .gitignore, one a line"),
            None => Ok(()),
        }
    }

    /// The developer's choice: the command line comes before ignore files, and nearer ignore files before others.
    fn asked_for(&self, path: &Path, is_dir: bool) -> Match<()> {
        let mut included = false;
        for ((_, pattern), matched) in self.exclusions.include.iter().zip(&self.matched) {
            if pattern.matched(path, is_dir).is_ignore() {
                matched.store(true, Ordering::Relaxed);
                included = true;
            }
        }
        if included {
            return Match::Whitelist(());
        }
        let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(self.folder()));
        let mut said = folders.map(|folder| self.ignore_file(folder).matched(path, is_dir).map(|_| ()));
        said.find(|said| !said.is_none()).unwrap_or(Match::None)
    }

    fn ignore_file(&self, folder: &Path) -> Arc<Gitignore> {
        let mut known = self.ignore_files.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(patterns) = known.get(folder) {
            return patterns.clone();
        }
        let patterns = Arc::new(self.read_ignore_file(folder));
        known.insert(folder.to_owned(), patterns.clone());
        patterns
    }

    fn read_ignore_file(&self, folder: &Path) -> Gitignore {
        let file = folder.join(IGNORE_FILE);
        if !file.is_file() {
            return Gitignore::empty();
        }
        let mut builder = GitignoreBuilder::new(folder);
        let read = builder.add(file).map_or(Ok(()), Err);
        read.and_then(|()| builder.build()).unwrap_or_else(|error| {
            self.found().error.get_or_insert(error.to_string());
            Gitignore::empty()
        })
    }

    fn leave_out(&self, path: &Path, is_dir: bool, granted: bool) -> bool {
        let below = path.strip_prefix(self.folder()).unwrap_or(path).display();
        let path = format!("{below}{}", if is_dir { "/" } else { "" });
        self.found().left_out.push(LeftOut { path, granted });
        false
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Bytecode of another Python, files of `wasgi compile`, and virtual environments under any name.
fn is_never_packed(path: &Path) -> bool {
    path.ends_with("__pycache__")
        || path.extension().is_some_and(|extension| extension == "pyc")
        || cwasm::is_named_so(path)
        || path.join("pyvenv.cfg").is_file()
}

fn id(found: &Metadata) -> FileId {
    (found.dev(), found.ino())
}

fn is_one_of(entry: &DirEntry, ids: &[FileId]) -> bool {
    !ids.is_empty() && entry.metadata().is_ok_and(|found| ids.contains(&id(&found)))
}

/// The files that receive this process's standard output and standard error, as with `> app.log`.
fn own_logs() -> Vec<FileId> {
    let streams = [fstat(stdout()), fstat(stderr())];
    let files =
        streams.into_iter().flatten().filter(|found| found.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits());
    files.map(|found| (found.st_dev, found.st_ino)).collect()
}

/// The executable of this process, which may have been downloaded to the application's folder.
fn own_command() -> Option<FileId> {
    current_exe().and_then(|path| path.metadata()).ok().map(|found| id(&found))
}
