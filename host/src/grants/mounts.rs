//! File operations that the kernel can answer at once: with a cached path, and data in the page cache. io_uring tries
//! the same before it uses a thread: openat2(2) with RESOLVE_CACHED, preadv2(2) with RWF_NOWAIT.
//!
//! Nothing here waits for a disk, a server or a FIFO's other end. None means that the thread pool must find out; so
//! does every error except a missing path.

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::statfs::{self, FsType, fstatfs};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

/// File systems that keep an open file's metadata in memory, so that a query never blocks; others may query a server.
/// And the flag for reading their files at once: a file system in memory needs none, and supports none.
const IN_MEMORY: [(FsType, libc::c_int); 4] = [
    (statfs::EXT4_SUPER_MAGIC, libc::RWF_NOWAIT),
    (statfs::XFS_SUPER_MAGIC, libc::RWF_NOWAIT),
    (statfs::BTRFS_SUPER_MAGIC, libc::RWF_NOWAIT),
    (statfs::TMPFS_MAGIC, 0),
];

/// What a path leads to.
#[derive(Debug)]
pub enum Found {
    File(File),
    Missing,
}

/// Opens a directory of the machine, only as a base for paths.
pub fn open_directory(path: &Path) -> Option<File> {
    openat2(AT_FDCWD, path, how(OFlag::O_PATH | OFlag::O_DIRECTORY, ResolveFlag::empty())).ok().map(File::from)
}

/// Opens a path below a directory, on the same mount. `flags` must neither create nor truncate.
pub fn open_beneath(directory: &File, path: &str, flags: OFlag) -> Option<Found> {
    let resolve = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS | ResolveFlag::RESOLVE_NO_XDEV;
    // openat2 refuses O_NONBLOCK with O_PATH, which needs none.
    let flags = if flags.contains(OFlag::O_PATH) { flags } else { flags | OFlag::O_NONBLOCK };
    match openat2(directory, path, how(flags, resolve)) {
        Ok(file) => Some(Found::File(file.into())),
        Err(Errno::ENOENT) => Some(Found::Missing),
        Err(_) => None,
    }
}

fn how(flags: OFlag, resolve: ResolveFlag) -> OpenHow {
    // nix lacks this flag.
    let cached = ResolveFlag::from_bits_retain(libc::RESOLVE_CACHED);
    OpenHow::new().flags(flags | OFlag::O_CLOEXEC).resolve(resolve | cached)
}

/// Mounts of file systems that never block.
#[derive(Clone, Debug, Default)]
pub struct Mounts(Vec<Mount>);

#[derive(Clone, Copy, Debug)]
struct Mount {
    /// From statx(2).
    id: u64,
    /// For preadv2(2).
    read_flags: libc::c_int,
}

impl Mounts {
    /// Adds the mount of a directory, if its file system never blocks. May block.
    pub fn add(&mut self, directory: &File) {
        let Ok(of_system) = fstatfs(directory) else { return };
        let known = IN_MEMORY.iter().find(|(kind, _)| *kind == of_system.filesystem_type());
        if let (Some((_, read_flags)), Some(stat)) = (known, statx(directory)) {
            self.0.push(Mount { id: stat.stx_mnt_id, read_flags: *read_flags });
        }
    }

    /// The metadata of an open file.
    pub fn stat(&self, file: &File) -> Option<libc::statx> {
        self.find(file).map(|(_, stat)| stat)
    }

    fn find(&self, file: &File) -> Option<(Mount, libc::statx)> {
        if self.0.is_empty() {
            return None;
        }
        let stat = statx(file)?;
        let mount = self.0.iter().find(|mount| mount.id == stat.stx_mnt_id)?;
        Some((*mount, stat))
    }

    /// Reads up to `length` bytes from `offset` on: fewer only at the end of the file.
    pub fn read(&self, file: &File, length: usize, offset: u64) -> Option<Vec<u8>> {
        let (Mount { read_flags, .. }, stat) = self.find(file)?;
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let position = offset.checked_add(bytes.len() as u64)?;
            match read_some(file, &mut bytes, length, position, read_flags)? {
                // Some kernels return this for data that is not cached yet.
                0 if stat.stx_size > position => return None,
                0 => break,
                _ => {}
            }
        }
        Some(bytes)
    }
}

/// Does not make a file system query a server. None if the kernel does not report mounts.
fn statx(file: &File) -> Option<libc::statx> {
    let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC;
    let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME | libc::STATX_MNT_ID;
    let mut stat = std::mem::MaybeUninit::<libc::statx>::zeroed();
    // SAFETY: an open file, an empty path, and room for the answer.
    let result = unsafe { libc::statx(file.as_raw_fd(), c"".as_ptr(), flags, mask, stat.as_mut_ptr()) };
    // SAFETY: it consists of numbers, and is zeroed.
    let stat = unsafe { stat.assume_init() };
    let needed = libc::STATX_BASIC_STATS | libc::STATX_MNT_ID;
    (result == 0 && stat.stx_mask & needed == needed).then_some(stat)
}

/// Appends the bytes of one call, at most `length` in all.
fn read_some(file: &File, bytes: &mut Vec<u8>, length: usize, offset: u64, flags: libc::c_int) -> Option<usize> {
    let wanted = length - bytes.len();
    let room = &mut bytes.spare_capacity_mut()[..wanted];
    let part = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
    let offset = libc::off_t::try_from(offset).ok()?;
    // SAFETY: the part is spare room of `bytes`.
    let read = unsafe { libc::preadv2(file.as_fd().as_raw_fd(), &raw const part, 1, offset, flags) };
    let read = usize::try_from(read).ok()?;
    // SAFETY: the kernel has written this many bytes there.
    unsafe { bytes.set_len(bytes.len() + read) };
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn mounts(directory: &Path) -> (File, Mounts) {
        let directory = open_directory(directory).unwrap();
        let mut mounts = Mounts::default();
        mounts.add(&directory);
        (directory, mounts)
    }

    fn opened(directory: &File, path: &str) -> File {
        match open_beneath(directory, path, OFlag::O_RDONLY) {
            Some(Found::File(file)) => file,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn what_was_just_written_is_told_at_once() {
        for place in [".", "/dev/shm"] {
            just_written(&tempfile::tempdir_in(place).unwrap());
        }
    }

    fn just_written(folder: &tempfile::TempDir) {
        fs::write(folder.path().join("file"), [7; 10_000]).unwrap();
        let (directory, mounts) = mounts(folder.path());
        let file = opened(&directory, "file");
        assert_eq!(mounts.stat(&file).unwrap().stx_size, 10_000);
        assert_eq!(mounts.read(&file, 4096, 8000).unwrap(), [7; 2000], "up to its end");
        assert_eq!(mounts.read(&file, 4096, 100).unwrap(), [7; 4096]);
        assert!(mounts.read(&file, 1, 10_000).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_there_is_missing_and_what_is_outside_is_not_told() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let (directory, _) = mounts(folder.path());
        // The kernel caches a missing path once it was looked up.
        assert!(!folder.path().join("nothing").exists());
        assert!(matches!(open_beneath(&directory, "nothing", OFlag::O_RDONLY), Some(Found::Missing)));
        for outside in ["..", "../nothing", "/etc/passwd"] {
            assert!(open_beneath(&directory, outside, OFlag::O_RDONLY).is_none(), "{outside}");
        }
    }

    #[test]
    fn nothing_is_told_of_what_the_kernel_must_ask_others_for() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let (_, mounts) = mounts(folder.path());
        let elsewhere = File::open("/proc/self/status").unwrap();
        assert!(mounts.stat(&elsewhere).is_none() && mounts.read(&elsewhere, 10, 0).is_none());
        assert!(Mounts::default().stat(&elsewhere).is_none());
    }
}
