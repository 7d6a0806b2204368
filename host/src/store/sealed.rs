//! Memory with the content of a file, for mappings that last as long as the process.
//!
//! A mapping of a file on disk shows later writes to that file, and kills the process if the file was cut short. So the
//! server maps a copy that cannot be changed: the kernel refuses it (File sealing in fcntl(2)).

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// `MFD_NOEXEC_SEAL` of `<linux/memfd.h>` (Linux 6.3): the memory is never executable as a program. Some systems refuse
/// memory without it (`vm.memfd_noexec`).
const NO_PROGRAM: MFdFlags = MFdFlags::from_bits_retain(0x8);

/// Memory that can be mapped like a file, and has no name in any folder; `/proc` shows `name`.
pub fn memory(name: &str) -> io::Result<File> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let made = match memfd_create(name, flags | NO_PROGRAM) {
        Err(Errno::EINVAL) => memfd_create(name, flags),
        made => made,
    };
    Ok(made?.into())
}

/// A copy that cannot be changed.
#[derive(Debug)]
pub struct Sealed(File);

impl Sealed {
    /// A copy of bytes.
    ///
    /// # Errors
    /// When memory is short, or the kernel does not seal it.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        Self::filled(|memory| memory.write_all(bytes))
    }

    /// A copy of a file, from its beginning.
    ///
    /// # Errors
    /// The same, or when the file cannot be read, or was written meanwhile.
    pub fn copy(file: &mut File) -> Result<Self> {
        let stamp = |file: &File| file.metadata().and_then(|found| Ok((found.len(), found.modified()?)));
        let before = stamp(file)?;
        file.rewind()?;
        let copy = Self::filled(|memory| io::copy(file, memory).map(|_| ()))?;
        anyhow::ensure!(
            before == stamp(file)? && before.0 == copy.0.metadata()?.len(),
            "it is being written just now: try again when that is done"
        );
        Ok(copy)
    }

    fn filled(fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<Self> {
        let mut memory = memory("wasgi").context("cannot reserve memory for machine code")?;
        fill(&mut memory).context("cannot copy machine code to memory")?;
        let seals = SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&memory, FcntlArg::F_ADD_SEALS(seals)).context("the kernel does not seal memory")?;
        Ok(Sealed(memory))
    }

    /// For reading and mapping.
    pub fn file(&self) -> &File {
        &self.0
    }

    /// The path at which it can be opened while this value lives.
    pub fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }

    /// All bytes.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let (mut file, mut bytes) = (&self.0, vec![]);
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_copy_stays_as_it_is() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"first").unwrap();
        let copy = Sealed::copy(&mut file).unwrap();
        file.write_all_at(b"other", 0).unwrap();
        file.set_len(2).unwrap();
        assert_eq!(copy.bytes().unwrap(), b"first");
        assert_eq!(std::fs::read(copy.path()).unwrap(), b"first");
        let opened = File::options().write(true).open(copy.path());
        for writing in [copy.file().try_clone().unwrap()].into_iter().chain(opened) {
            assert!(
                writing.write_at(b"other", 0).is_err() && writing.set_len(2).is_err() && writing.set_len(9).is_err()
            );
        }
        assert_eq!(copy.bytes().unwrap(), b"first");
        assert!(fcntl(copy.file(), FcntlArg::F_ADD_SEALS(SealFlag::empty())).is_err(), "its seals stay");
    }

    #[test]
    fn bytes_are_copied() {
        assert_eq!(Sealed::of(&[7; 100_000]).unwrap().bytes().unwrap(), [7; 100_000]);
    }
}
