//! Locks during an import: a server may be using the files that the import writes to.

use super::inode::number_of;
use super::locks::{Locks, MARK, inode};
use super::ranges::Span;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::{Descriptor, File as Opened};
use wasmtime_wasi::p2::bindings::filesystem::types::{Advice, ErrorCode};

/// Advice of this kind names the file that the next lock is for.
const WHICH: i32 = 5;
/// Preview 1's values; an import makes no other use of this call.
const SUCCESS: i32 = 0;
const INVALID: i32 = 28;

/// The locks of an import. The booting guest requests them by preview 1's `fd_advise`, whose descriptors only
/// wasmtime-wasi knows; so it names the file by the file number that it sees.
#[derive(Default)]
pub struct ImportLocks {
    locks: Locks,
    meant: Option<Opened>,
}

impl ImportLocks {
    /// Returns an errno of preview 1. `table` holds the guest's open files.
    pub fn advise(&mut self, table: &mut ResourceTable, offset: u64, length: u64, advice: i32) -> i32 {
        if offset & MARK == 0 {
            return SUCCESS;
        }
        if advice == WHICH {
            self.meant = opened(table, length);
            return SUCCESS;
        }
        let (Some(file), Some(advice)) = (self.meant.take(), advice_of(advice)) else { return INVALID };
        let locked = match length & MARK {
            0 => self.locks.lock_range(table, &file, Span::new(offset & !MARK, length), advice),
            _ => self.locks.lock_whole(&file, advice),
        };
        locked.map_or_else(errno, |()| SUCCESS)
    }
}

/// Of two descriptors of one file, the one with more rights.
fn opened(table: &mut ResourceTable, number: u64) -> Option<Opened> {
    let files = table.iter_mut().filter_map(|entry| match entry.downcast_ref() {
        Some(Descriptor::File(file)) => Some(file.clone()),
        _ => None,
    });
    let meant = files.filter(|file| inode(file).is_ok_and(|(device, inode)| number_of(device, inode) == number));
    meant.max_by_key(|file| file.open_mode.bits())
}

fn advice_of(advice: i32) -> Option<Advice> {
    let kinds = [Advice::Normal, Advice::Sequential, Advice::Random, Advice::WillNeed, Advice::DontNeed];
    kinds.get(usize::try_from(advice).ok()?).copied()
}

/// The errno of preview 1.
fn errno(error: ErrorCode) -> i32 {
    match error {
        ErrorCode::WouldBlock => 6,
        ErrorCode::BadDescriptor => 8,
        ErrorCode::Busy => 10,
        ErrorCode::Invalid => INVALID,
        ErrorCode::NoLock => 46,
        ErrorCode::Overflow => 61,
        ErrorCode::ReadOnly => 69,
        _ => 29,
    }
}
