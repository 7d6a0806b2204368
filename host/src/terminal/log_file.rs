//! The file of the access log. Programs that rotate logs rename it and send SIGUSR1: then it is opened anew.

use anyhow::{Context, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Lines are added at its end.
pub struct LogFile {
    path: PathBuf,
    file: File,
    /// It could not be written to when it was tried last.
    is_failing: bool,
}

impl LogFile {
    /// # Errors
    /// When it can be neither opened nor made.
    pub fn open(path: &Path) -> Result<Self> {
        let file = opened(path).with_context(|| {
            format!("cannot open {} for the access log: choose another --access-log-file", path.display())
        })?;
        // The server may change its folder, and its options do not.
        let path = std::path::absolute(path)?;
        Ok(LogFile { path, file, is_failing: false })
    }

    /// Returns what there is to say of it: once when it fails first.
    pub fn write(&mut self, lines: &[u8]) -> Option<String> {
        let failed = self.file.write_all(lines).err();
        let was_failing = std::mem::replace(&mut self.is_failing, failed.is_some());
        let error = failed.filter(|_| !was_failing)?;
        Some(format!("wasgi: cannot write the access log {}: {error}: its lines are lost", self.path.display()))
    }

    /// Opens what is now at its path. If that fails, it goes on with what it has.
    pub fn reopen(&mut self) -> Option<String> {
        match opened(&self.path) {
            Ok(file) => {
                self.file = file;
                None
            }
            Err(error) => Some(format!(
                "wasgi: cannot open the access log {} anew: {error}: it goes on in the old file",
                self.path.display()
            )),
        }
    }
}

fn opened(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_cannot_be_written_is_said_once_and_the_old_file_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/access.log");
        assert!(LogFile::open(&path).err().unwrap().to_string().contains("choose another --access-log-file"));
        fs::create_dir(folder.path().join("logs")).unwrap();
        let mut log = LogFile::open(&path).unwrap();
        assert_eq!(log.write(b"one\n"), None);
        fs::rename(folder.path().join("logs"), folder.path().join("old")).unwrap();
        assert!(log.reopen().unwrap().contains("goes on in the old file"));
        assert_eq!(log.write(b"two\n"), None);
        assert_eq!(fs::read_to_string(folder.path().join("old/access.log")).unwrap(), "one\ntwo\n");
        let mut full = LogFile::open(Path::new("/dev/full")).unwrap();
        assert!(full.write(b"three\n").unwrap().contains("its lines are lost"));
        assert_eq!(full.write(b"four\n"), None, "it was said");
    }
}
