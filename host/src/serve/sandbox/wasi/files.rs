//! The most frequent calls of wasi:filesystem, without a thread for each. They replace wasmtime-wasi's, answer what the
//! kernel has cached (`grants/mounts.rs`), and pass everything else on.
//!
//! wasmtime-wasi hands each call to a thread pool, because a disk may be slow and would block the other requests of
//! this thread. That takes ten times as long as the call itself.

use super::file_stream::{FileStream, MOST_READ};
use super::granted::Granted;
use super::quota::{Answered, TYPES, answered};
use crate::grants::inode::number_of;
use crate::grants::mounts::{Found, open_beneath};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fs;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::{Descriptor, Dir, File, WasiFilesystemView as _};
use wasmtime_wasi::p2::DynInputStream;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, HostDescriptor, MetadataHashValue, OpenFlags, PathFlags,
};

/// Handles kept for the response when files take the rest: streams, headers, locks, a directory listing.
const NOT_FOR_FILES: usize = 20;

type At = (Resource<Descriptor>, PathFlags, String);

/// Replaces linked functions.
///
/// # Errors
/// When the linker forbids shadowing, or lacks one of them.
pub fn add_to_linker<T: Granted>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut types = linker.instance(TYPES)?;
    types.func_wrap_async("[method]descriptor.stat", |store, (file,)| Box::new(stat(store, file)))?;
    types.func_wrap_async("[method]descriptor.stat-at", |store, at| Box::new(stat_at(store, at)))?;
    types.func_wrap_async("[method]descriptor.metadata-hash", |store, (file,)| Box::new(metadata_hash(store, file)))?;
    types.func_wrap_async("[method]descriptor.metadata-hash-at", |store, at| Box::new(metadata_hash_at(store, at)))?;
    types.func_wrap_async("[method]descriptor.get-type", |store, (file,)| Box::new(get_type(store, file)))?;
    types.func_wrap_async("[method]descriptor.get-flags", |store, (file,)| Box::new(get_flags(store, file)))?;
    types.func_wrap_async("[method]descriptor.open-at", |store, (directory, how, path, open, flags)| {
        Box::new(open_at(store, (directory, how, path), open, flags))
    })?;
    types.func_wrap_async("[method]descriptor.read", |store, (file, length, offset)| {
        Box::new(read(store, file, length, offset))
    })?;
    types.func_wrap("[method]descriptor.read-via-stream", |mut store, (file, offset): (Resource<Descriptor>, u64)| {
        let stream = read_via_stream(store.data_mut(), &file, offset);
        stream.unwrap_or_else(|| answered(store.data_mut().filesystem().read_via_stream(file, offset)))
    })
}

async fn stat(mut store: StoreContextMut<'_, impl Granted>, file: Resource<Descriptor>) -> Answered<DescriptorStat> {
    match known(store.data(), &file) {
        Some(stat) => Ok((Ok(described(&stat)),)),
        None => answered(store.data_mut().filesystem().stat(file).await),
    }
}

async fn stat_at(mut store: StoreContextMut<'_, impl Granted>, at: At) -> Answered<DescriptorStat> {
    match known_at(store.data(), &at) {
        Some(stat) => Ok((stat.map(|stat| described(&stat)),)),
        None => answered(store.data_mut().filesystem().stat_at(at.0, at.1, at.2).await),
    }
}

async fn metadata_hash(
    mut store: StoreContextMut<'_, impl Granted>,
    file: Resource<Descriptor>,
) -> Answered<MetadataHashValue> {
    match known(store.data(), &file) {
        Some(stat) => Ok((Ok(hash(&stat)),)),
        None => answered(store.data_mut().filesystem().metadata_hash(file).await),
    }
}

async fn metadata_hash_at(mut store: StoreContextMut<'_, impl Granted>, at: At) -> Answered<MetadataHashValue> {
    match known_at(store.data(), &at) {
        Some(stat) => Ok((stat.map(|stat| hash(&stat)),)),
        None => answered(store.data_mut().filesystem().metadata_hash_at(at.0, at.1, at.2).await),
    }
}

async fn get_type(
    mut store: StoreContextMut<'_, impl Granted>,
    file: Resource<Descriptor>,
) -> Answered<DescriptorType> {
    match known(store.data(), &file) {
        Some(stat) => Ok((Ok(kind(&stat)),)),
        None => answered(store.data_mut().filesystem().get_type(file).await),
    }
}

/// Needs no cache: the kernel has the flags in the open file.
async fn get_flags(
    mut store: StoreContextMut<'_, impl Granted>,
    file: Resource<Descriptor>,
) -> Answered<DescriptorFlags> {
    let flags = store.data().descriptor(&file).and_then(flags_of);
    match flags {
        Some(flags) => Ok((Ok(flags),)),
        None => answered(store.data_mut().filesystem().get_flags(file).await),
    }
}

async fn open_at(
    mut store: StoreContextMut<'_, impl Granted>,
    at: At,
    open: OpenFlags,
    flags: DescriptorFlags,
) -> Answered<Resource<Descriptor>> {
    // One handle too many would trap. Programs can handle a full descriptor table: the guest turns this into EMFILE.
    if store.data_mut().handles_left() <= NOT_FOR_FILES {
        return Ok((Err(ErrorCode::InsufficientMemory),));
    }
    // Held until the pool has opened it, too: this open has released a FIFO's writer, which expects its reader to stay.
    let _held = match opened_at(store.data(), &at, open, flags) {
        Some(Opened::Descriptor(descriptor)) => {
            return answered(store.data_mut().filesystem().table.push(descriptor).map_err(Into::into));
        }
        Some(Opened::Missing) => return Ok((Err(ErrorCode::NoEntry),)),
        Some(Opened::Special(file)) => Some(file),
        None => None,
    };
    answered(store.data_mut().filesystem().open_at(at.0, at.1, at.2, open, flags).await)
}

async fn read(
    mut store: StoreContextMut<'_, impl Granted>,
    file: Resource<Descriptor>,
    length: u64,
    offset: u64,
) -> Answered<(Vec<u8>, bool)> {
    let most = usize::try_from(length).unwrap_or(usize::MAX).min(MOST_READ);
    let sandbox = store.data();
    let read = match sandbox.descriptor(&file) {
        Some(Descriptor::File(file)) => sandbox.grants().mounts().read(&file.file, most, offset),
        _ => None,
    };
    match read {
        Some(bytes) => {
            let is_end = bytes.is_empty();
            Ok((Ok((bytes, is_end)),))
        }
        None => answered(store.data_mut().filesystem().read(file, length, offset).await),
    }
}

/// None if `file` is no file.
fn read_via_stream(
    sandbox: &mut impl Granted,
    file: &Resource<Descriptor>,
    offset: u64,
) -> Option<Answered<Resource<DynInputStream>>> {
    let Some(Descriptor::File(File { file, .. })) = sandbox.descriptor(file) else { return None };
    let stream: DynInputStream = Box::new(FileStream::new(file.clone(), sandbox.grants().clone(), offset));
    Some(answered(sandbox.filesystem().table.push(stream).map_err(Into::into)))
}

fn known(sandbox: &impl Granted, file: &Resource<Descriptor>) -> Option<libc::statx> {
    sandbox.grants().mounts().stat(file_of(sandbox.descriptor(file)?))
}

fn known_at(sandbox: &impl Granted, (directory, how, path): &At) -> Option<Result<libc::statx, ErrorCode>> {
    let mounts = sandbox.grants().mounts();
    let Some(Descriptor::Dir(directory)) = sandbox.descriptor(directory) else { return None };
    mounts.stat(&directory.dir)?;
    match open_beneath(&directory.dir, path, OFlag::O_PATH | no_follow(*how))? {
        Found::File(file) => mounts.stat(&file).map(Ok),
        Found::Missing => Some(Err(ErrorCode::NoEntry)),
    }
}

enum Opened {
    Descriptor(Descriptor),
    Missing,
    /// Neither a regular file nor a directory.
    Special(fs::File),
}

/// None if the call creates or truncates, or may not be allowed: wasmtime-wasi decides those.
fn opened_at(
    sandbox: &impl Granted,
    (directory, how, path): &At,
    open: OpenFlags,
    flags: DescriptorFlags,
) -> Option<Opened> {
    let mounts = sandbox.grants().mounts();
    let Some(Descriptor::Dir(directory)) = sandbox.descriptor(directory) else { return None };
    // An existing file needs no creating.
    let creates = open.contains(OpenFlags::CREATE);
    let writes = creates || flags.contains(DescriptorFlags::WRITE);
    let synced = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    if open.intersects(OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE)
        || (creates && open.contains(OpenFlags::DIRECTORY))
        || (writes && directory.perms.write_not_permitted())
        || flags.intersects(synced)
    {
        return None;
    }
    mounts.stat(&directory.dir)?;
    let mut mode = OpenMode::empty();
    mode.set(OpenMode::WRITE, writes);
    mode.set(OpenMode::READ, flags.contains(DescriptorFlags::READ) || !flags.contains(DescriptorFlags::WRITE));
    let file = match open_beneath(&directory.dir, path, access(mode) | no_follow(*how))? {
        Found::File(file) => file,
        Found::Missing => return (!creates).then_some(Opened::Missing),
    };
    let perms = directory.perms;
    match kind(&mounts.stat(&file)?) {
        DescriptorType::Directory => Some(Opened::Descriptor(Descriptor::Dir(Dir::new(file, perms, mode, false)))),
        DescriptorType::RegularFile if open.contains(OpenFlags::DIRECTORY) => None,
        DescriptorType::RegularFile => Some(Opened::Descriptor(Descriptor::File(File::new(file, perms, mode, false)))),
        _ => Some(Opened::Special(file)),
    }
}

fn access(mode: OpenMode) -> OFlag {
    match (mode.contains(OpenMode::READ), mode.contains(OpenMode::WRITE)) {
        (true, true) => OFlag::O_RDWR,
        (false, true) => OFlag::O_WRONLY,
        _ => OFlag::O_RDONLY,
    }
}

fn no_follow(how: PathFlags) -> OFlag {
    if how.contains(PathFlags::SYMLINK_FOLLOW) { OFlag::empty() } else { OFlag::O_NOFOLLOW }
}

fn file_of(descriptor: &Descriptor) -> &fs::File {
    match descriptor {
        Descriptor::File(file) => &file.file,
        Descriptor::Dir(directory) => &directory.dir,
    }
}

fn flags_of(descriptor: &Descriptor) -> Option<DescriptorFlags> {
    let (mode, write) = match descriptor {
        Descriptor::File(file) => (file.open_mode, DescriptorFlags::WRITE),
        Descriptor::Dir(directory) => (directory.open_mode, DescriptorFlags::MUTATE_DIRECTORY),
    };
    let of_kernel = fcntl(file_of(descriptor), FcntlArg::F_GETFL).ok()?;
    // wasi:filesystem refuses these flags; nothing opened here has them.
    if OFlag::from_bits_retain(of_kernel).intersects(OFlag::O_SYNC | OFlag::O_DSYNC) {
        return None;
    }
    let mut flags = DescriptorFlags::empty();
    for (bit, flag) in [(OpenMode::READ, DescriptorFlags::READ), (OpenMode::WRITE, write)] {
        if mode.contains(bit) {
            flags |= flag;
        }
    }
    Some(flags)
}

fn described(stat: &libc::statx) -> DescriptorStat {
    let has_birth = stat.stx_mask & libc::STATX_BTIME != 0;
    DescriptorStat {
        type_: kind(stat),
        link_count: stat.stx_nlink.into(),
        size: stat.stx_size,
        data_access_timestamp: time(&stat.stx_atime),
        data_modification_timestamp: time(&stat.stx_mtime),
        // As in wasmtime-wasi.
        status_change_timestamp: if has_birth { time(&stat.stx_btime) } else { None },
    }
}

/// None before 1970.
fn time(time: &libc::statx_timestamp) -> Option<Datetime> {
    Some(Datetime { seconds: u64::try_from(time.tv_sec).ok()?, nanoseconds: time.tv_nsec })
}

fn kind(stat: &libc::statx) -> DescriptorType {
    match libc::mode_t::from(stat.stx_mode) & libc::S_IFMT {
        libc::S_IFREG => DescriptorType::RegularFile,
        libc::S_IFDIR => DescriptorType::Directory,
        libc::S_IFLNK => DescriptorType::SymbolicLink,
        libc::S_IFCHR => DescriptorType::CharacterDevice,
        libc::S_IFBLK => DescriptorType::BlockDevice,
        _ => DescriptorType::Unknown,
    }
}

/// As in wasmtime-wasi: both ways to one file must give the same hash.
fn hash(stat: &libc::statx) -> MetadataHashValue {
    let lower = number_of(libc::makedev(stat.stx_dev_major, stat.stx_dev_minor), stat.stx_ino);
    MetadataHashValue { lower, upper: lower ^ 4_614_256_656_552_045_848 }
}
