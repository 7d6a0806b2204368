//! What an application was made of, to tell whether it has changed since.

use super::served::Served;
use crate::grants::Grants;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Equal for an application that has not changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Stamp {
    written: Vec<OsString>,
    files: Vec<(PathBuf, Option<FileStamp>)>,
    /// Of the variables that are granted, wherever they come from; None if they cannot be read.
    grants: Option<String>,
    imports: bool,
}

/// Which file it is, how long it is and when it was written.
type FileStamp = (u64, u64, u64, i64, i64);

impl Stamp {
    pub fn of(served: &Served) -> Self {
        let args = &served.args;
        let files = [&args.component].into_iter().chain(&args.host.outgoing.ca_file);
        let files = files.map(|path| (path.clone(), file(path))).collect();
        let grants = Grants::read(&args.host.grants, None).ok().map(|grants| grants.fingerprint());
        Stamp { written: served.written.clone(), files, grants, imports: args.import_at_start }
    }

    /// An import at the start depends on what is in its directories, too.
    pub fn is_final(&self) -> bool {
        !self.imports
    }
}

fn file(path: &Path) -> Option<FileStamp> {
    let found = path.metadata().ok()?;
    Some((found.dev(), found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}
