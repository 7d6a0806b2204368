//! Locks on files in granted directories, which WASI lacks: fcntl's on ranges and flock's on whole files.
//!
//! The guest requests them by `descriptor.advise` with a range beyond the end of any file, which other hosts ignore
//! (guest/src/locks.h has the terms). They are the kernel's locks, so native programs and other sandboxes respect them,
//! and they end with the sandbox, however it ends.
//!
//! A sandbox counts as one process: POSIX gives a process one set of range locks for each file, whichever descriptor it
//! uses. So the host holds the locks of a sandbox through one open file description for each inode.

use super::ranges::{Kind, Ranges, Span};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::{Descriptor, File as Opened, OpenMode, WasiFilesystemCtx};
use wasmtime_wasi::p2::bindings::filesystem::types::{Advice, ErrorCode};

/// In an offset: advice beyond any file is a request for a lock. In a length: for a lock on the whole file.
pub const MARK: u64 = 1 << 63;

/// How often to check whether a guest's last file system call has ended.
const LOOK: Duration = Duration::from_millis(1);

/// Where the kernel shows descriptors, to open them once more.
const DESCRIPTORS: &str = "/proc/self/fd";

/// The variable that announces locks to the guest.
pub const ANNOUNCED: (&str, &str) = ("WASGI_FILE_LOCKS", "1");

/// Device and number of a file.
pub type Inode = (u64, u64);

/// Whether this machine offers locks.
pub fn can_be_had() -> bool {
    Path::new(DESCRIPTORS).exists()
}

/// The locks of a sandbox.
#[derive(Default)]
pub struct Locks {
    /// Handles in the sandbox's table, so they count as its handles.
    files: HashMap<Inode, u32>,
    /// It has requested a lock on a whole file: that belongs to the descriptor, and ends with it.
    whole: bool,
}

/// A file in which a sandbox has locked ranges.
struct Locked {
    file: File,
    is_writable: bool,
    ranges: Ranges,
}

impl Locks {
    pub fn lock_whole(&mut self, file: &Opened, advice: Advice) -> Result<(), ErrorCode> {
        self.whole = true;
        let tried = match advice {
            Advice::Normal => file.file.unlock().map_err(TryLockError::Error),
            Advice::Sequential => file.file.try_lock_shared(),
            // flock(2) would let a reader lock out all others, even in a directory granted read-only.
            Advice::Random if file.perms.write_not_permitted() => return Err(ErrorCode::ReadOnly),
            Advice::Random => file.file.try_lock(),
            _ => return Err(ErrorCode::Invalid),
        };
        tried.map_err(|error| match error {
            TryLockError::WouldBlock => ErrorCode::WouldBlock,
            TryLockError::Error(error) => error.into(),
        })
    }

    pub fn lock_range(
        &mut self,
        table: &mut ResourceTable,
        file: &Opened,
        span: Option<Span>,
        advice: Advice,
    ) -> Result<(), ErrorCode> {
        let span = span.ok_or(ErrorCode::Overflow)?;
        let inode = inode(file)?;
        match advice {
            Advice::Normal => self.set(table, file, inode, span, None),
            Advice::Sequential => self.set(table, file, inode, span, Some(Kind::Read)),
            Advice::Random => self.set(table, file, inode, span, Some(Kind::Write)),
            Advice::WillNeed => self.test(table, file, inode, span, Kind::Read),
            Advice::DontNeed => self.test(table, file, inode, span, Kind::Write),
            Advice::NoReuse => Err(ErrorCode::Invalid),
        }
    }

    /// Whether the range could be locked now.
    fn test(
        &self,
        table: &ResourceTable,
        file: &Opened,
        inode: Inode,
        span: Span,
        kind: Kind,
    ) -> Result<(), ErrorCode> {
        let own = self.files.get(&inode).map(|&place| table.get(&Resource::<Locked>::new_borrow(place)));
        let asked = own.and_then(Result::ok).map_or(&*file.file, |locked| &locked.file);
        let mut lock = span.lock(Some(kind));
        fcntl(asked, FcntlArg::F_OFD_GETLK(&mut lock)).map_err(refusal)?;
        match i32::from(lock.l_type) {
            libc::F_UNLCK => Ok(()),
            libc::F_WRLCK => Err(ErrorCode::Busy),
            _ => Err(ErrorCode::WouldBlock),
        }
    }

    /// Locks or unlocks, as the descriptor allows (fcntl(2): write locks need a file open for writing).
    fn set(
        &mut self,
        table: &mut ResourceTable,
        file: &Opened,
        inode: Inode,
        span: Span,
        kind: Option<Kind>,
    ) -> Result<(), ErrorCode> {
        let needed = match kind {
            Some(Kind::Read) => OpenMode::READ,
            Some(Kind::Write) => OpenMode::WRITE,
            None => OpenMode::empty(),
        };
        if !file.open_mode.contains(needed) {
            return Err(ErrorCode::BadDescriptor);
        }
        let place = match self.files.get(&inode) {
            Some(place) => *place,
            None if kind.is_none() => return Ok(()),
            None => {
                let locked = Locked::open(file, file.open_mode.contains(OpenMode::WRITE))?;
                let place = table.push(locked).map_err(|_| ErrorCode::NoLock)?.rep();
                self.files.insert(inode, place);
                place
            }
        };
        let Ok(locked) = table.get_mut(&Resource::<Locked>::new_borrow(place)) else { return Err(ErrorCode::NoLock) };
        let outcome = locked.set(file, span, kind);
        if locked.ranges.is_empty() {
            self.files.remove(&inode);
            // Dropping the entry closes the file.
            let _ = table.delete(Resource::<Locked>::new_own(place));
        }
        outcome
    }

    fn are_held(&self) -> bool {
        self.whole || !self.files.is_empty()
    }
}

impl Locked {
    /// Opens a descriptor's file once more, with no more rights. The locks belong to the new description.
    fn open(file: &Opened, writable: bool) -> Result<Self, ErrorCode> {
        let path = format!("{DESCRIPTORS}/{}", file.file.as_raw_fd());
        let opened = OpenOptions::new().read(true).write(writable).custom_flags(libc::O_NONBLOCK).open(path);
        Ok(Locked { file: opened?, is_writable: writable, ranges: Ranges::default() })
    }

    fn set(&mut self, through: &Opened, span: Span, kind: Option<Kind>) -> Result<(), ErrorCode> {
        let ranges = self.ranges.with(span, kind).ok_or(ErrorCode::NoLock)?;
        if kind == Some(Kind::Write) && !self.is_writable {
            self.reopen(through)?;
        }
        fcntl(&self.file, FcntlArg::F_OFD_SETLK(&span.lock(kind))).map_err(refusal)?;
        self.ranges = ranges;
        Ok(())
    }

    /// Reopens the file for writing after a read-only descriptor came first. All its locks are read locks, so they can
    /// be taken a second time before the old ones go.
    fn reopen(&mut self, through: &Opened) -> Result<(), ErrorCode> {
        let mut writable = Locked::open(through, true)?;
        for (span, kind) in self.ranges.iter() {
            fcntl(&writable.file, FcntlArg::F_OFD_SETLK(&span.lock(Some(kind)))).map_err(refusal)?;
        }
        writable.ranges = std::mem::take(&mut self.ranges);
        *self = writable;
        Ok(())
    }
}

pub fn inode(file: &Opened) -> Result<Inode, ErrorCode> {
    let metadata = file.file.metadata()?;
    if !metadata.is_file() {
        return Err(ErrorCode::BadDescriptor);
    }
    Ok((metadata.dev(), metadata.ino()))
}

fn refusal(errno: Errno) -> ErrorCode {
    match errno {
        Errno::EAGAIN | Errno::EACCES => ErrorCode::WouldBlock,
        Errno::ENOLCK => ErrorCode::NoLock,
        errno => io::Error::from(errno).into(),
    }
}

/// Releases the locks of a sandbox that has ended, but only after its last call: a stopped call may still be writing on
/// another thread, and the next owner of the lock must not see that.
pub fn end(locks: &mut Locks, table: &mut ResourceTable, files: &mut WasiFilesystemCtx) {
    if !locks.are_held() {
        return;
    }
    let mut table = std::mem::take(table);
    let locked: Vec<_> =
        locks.files.drain().map(|(_, place)| table.delete(Resource::<Locked>::new_own(place))).collect();
    locks.whole = false;
    let mut open: Vec<_> = table.iter_mut().filter_map(|entry| entry.downcast_ref().map(handle)).collect();
    open.sort_by_key(Arc::as_ptr);
    open.dedup_by_key(|file| Arc::as_ptr(file));
    // Calls that still run hold the only other references to these files.
    drop((table, std::mem::take(files)));
    if let (true, Ok(runtime)) = (is_any_in_use(&open), Handle::try_current()) {
        runtime.spawn(async move {
            while is_any_in_use(&open) {
                tokio::time::sleep(LOOK).await;
            }
            drop((open, locked));
        });
    }
}

fn handle(descriptor: &Descriptor) -> Arc<File> {
    match descriptor {
        Descriptor::File(file) => file.file.clone(),
        Descriptor::Dir(dir) => dir.dir.clone(),
    }
}

fn is_any_in_use(open: &[Arc<File>]) -> bool {
    open.iter().any(|file| Arc::strong_count(file) > 1)
}
