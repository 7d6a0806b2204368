//! Directories of the host in a sandbox: parses `--dir`, and opens them when a guest needs them.

use super::mounts::{self, Mounts};
use anyhow::{Context, Result, bail, ensure};
use std::error::Error;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::runtime::spawn_blocking;
use wasmtime_wasi::{FsPerms, OpenMode, WasiCtxBuilder};

/// Folders that every sandbox needs: no directory may hide them.
const OWN: [&str; 3] = ["/app", "/lib", "/wasgi"];

/// One directory of the host, and where the sandbox sees it: `HOST:GUEST[:ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    host: PathBuf,
    /// Absolute, without `.`, `..` and a trailing slash.
    guest: String,
    read_only: bool,
}

impl FromStr for Directory {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (rest, read_only) = text.strip_suffix(":ro").map_or((text, false), |rest| (rest, true));
        let (host, guest) =
            rest.rsplit_once(':').context("write HOST:GUEST or HOST:GUEST:ro, as in ./data:/data:ro")?;
        ensure!(guest.starts_with('/'), "{guest:?} is not an absolute path of the sandbox: write HOST:/GUEST");
        let guest = guest.trim_end_matches('/').to_owned();
        let parts = || guest.split('/').skip(1);
        ensure!(
            parts().all(|part| !matches!(part, "" | "." | "..")) && !guest.is_empty(),
            "{guest:?} cannot be where the sandbox sees a directory: name a plain path below /"
        );
        ensure!(
            !OWN.contains(&&*guest),
            "{guest} holds what the sandbox runs on: choose another, such as {guest}/data"
        );
        Ok(Directory { host: host.into(), guest, read_only })
    }
}

impl Directory {
    /// Checks that the directory exists, and whether its file system may block.
    ///
    /// # Errors
    /// When it is not a directory that this process may list.
    pub fn check(&self, option: &str, mounts: &mut Mounts) -> Result<()> {
        let host = self.host.display();
        if let Err(error) = fs::read_dir(&self.host) {
            bail!("{option} {host}: {error}: name a directory that this process may read");
        }
        if let Ok(directory) = open(&self.host) {
            mounts.add(&directory);
        }
        Ok(())
    }

    /// Its path in the sandbox.
    pub fn guest(&self) -> &str {
        &self.guest
    }

    /// Its path on this machine.
    pub fn host(&self) -> &Path {
        &self.host
    }

    /// What an application can see of it.
    pub fn seen_as(&self) -> String {
        format!("{}{}", self.guest, if self.read_only { ":ro" } else { "" })
    }

    /// Opens it for a boot, which cannot leave it. A trial boot may not write to it, because its memory is discarded.
    pub fn preopen(&self, wasi: &mut WasiCtxBuilder, is_trial: bool) -> Result<()> {
        let access = if self.read_only || is_trial { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        let opened = wasi.preopened_dir(&self.host, &self.guest, access).map_err(anyhow::Error::from);
        opened.map(|_| ()).with_context(|| format!("--dir {}", self.host.display()))
    }

    /// Its path in the sandbox, if it is read-only.
    pub fn read_only(&self) -> Option<&str> {
        self.read_only.then_some(&*self.guest)
    }

    /// Opens it for one sandbox, which cannot leave it, neither by `..` nor by symbolic links. Each sandbox resolves
    /// the path anew, because it may lead to another directory by then.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn open(&self) -> wasmtime::Result<Descriptor> {
        let opened = match mounts::open_directory(&self.host) {
            Some(directory) => Ok(directory),
            None => {
                let host = self.host.clone();
                spawn_blocking(move || open(&host)).await
            }
        };
        let directory = opened.map_err(|error| Gone(format!("--dir {}: {error}", self.host.display())))?;
        let (access, mode) = match self.read_only {
            true => (FsPerms::ReadOnly, OpenMode::READ),
            false => (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE),
        };
        Ok(Descriptor::Dir(Dir::new(directory, access, mode, false)))
    }
}

/// A granted directory cannot be opened any more; the text says which, and why.
#[derive(Debug)]
pub struct Gone(pub String);

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Gone {}

/// Opens a directory, as a base for paths.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY | libc::O_PATH).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_two_names_and_may_be_read_only() {
        let directory: Directory = "a:b/c:/data/in/:ro".parse().unwrap();
        assert_eq!(directory, Directory { host: "a:b/c".into(), guest: "/data/in".into(), read_only: true });
        assert!(!"x:/app/uploads".parse::<Directory>().unwrap().read_only);
    }

    #[test]
    fn what_cannot_be_granted_says_why() {
        for (text, why) in [
            ("data", "HOST:GUEST"),
            ("data:", "absolute"),
            ("data:files", "absolute"),
            ("data:/", "plain path"),
            ("data:/a/../b", "plain path"),
            ("data:/a//b", "plain path"),
            ("data:/lib", "holds what"),
            ("data:/app/:ro", "holds what"),
        ] {
            let error = text.parse::<Directory>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
