//! Address space by the page: reserve it, map it, give it back, and find the written pages.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::ptr;
use std::sync::LazyLock;

/// A part of the address space, inaccessible until opened, unmapped when dropped.
#[derive(Debug)]
pub struct Reservation {
    address: usize,
    length: usize,
}

/// Whole pages by address.
pub type Pages = Range<usize>;

impl Reservation {
    pub fn new(length: usize) -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping, wherever the kernel has room for it.
        let address = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let space = Reservation { address: address.expose_provenance(), length };
        space.forbid_huge_pages(&(space.start()..space.end()))?;
        Ok(space)
    }

    /// Huge pages would replace small ones unnoticed: pages would become private, and then be written, without a page
    /// fault.
    fn forbid_huge_pages(&self, pages: &Pages) -> io::Result<()> {
        self.check(pages);
        // SAFETY: it changes no content.
        match done(unsafe { libc::madvise(pointer(pages), pages.len(), libc::MADV_NOHUGEPAGE) }) {
            // A kernel without huge pages.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
            advised => advised,
        }
    }

    pub fn start(&self) -> usize {
        self.address
    }

    pub fn end(&self) -> usize {
        self.address + self.length
    }

    pub fn length(&self) -> usize {
        self.length
    }

    /// Maps a file over some pages, copy-on-write, without huge pages.
    pub fn map(&self, pages: &Pages, file: &File, offset: u64) -> io::Result<()> {
        self.map_over(pages, file, offset, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE)
    }

    /// Maps a file's beginning over some pages, shared: each mapping sees the writes of the others.
    pub fn share(&self, pages: &Pages, file: &File, rights: i32) -> io::Result<()> {
        self.map_over(pages, file, 0, rights, libc::MAP_SHARED)
    }

    fn map_over(&self, pages: &Pages, file: &File, offset: u64, rights: i32, sharing: i32) -> io::Result<()> {
        self.check(pages);
        let (flags, offset) = (sharing | libc::MAP_FIXED, offset.try_into().map_err(io::Error::other)?);
        // SAFETY: it replaces pages of this reservation.
        let mapped = unsafe { libc::mmap(pointer(pages), pages.len(), rights, flags, file.as_raw_fd(), offset) };
        if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { self.forbid_huge_pages(pages) }
    }

    /// Makes pages readable and writable.
    pub fn open(&self, pages: &Pages) -> io::Result<()> {
        self.protect(pages, libc::PROT_READ | libc::PROT_WRITE)
    }

    /// Makes pages inaccessible.
    pub fn close(&self, pages: &Pages) -> io::Result<()> {
        self.protect(pages, libc::PROT_NONE)
    }

    /// Drops private pages: what was mapped there shows again.
    pub fn give_back(&self, pages: &Pages) -> io::Result<()> {
        self.check(pages);
        // SAFETY: pages of this reservation; their users expect the content to change.
        done(unsafe { libc::madvise(pointer(pages), pages.len(), libc::MADV_DONTNEED) })
    }

    fn protect(&self, pages: &Pages, rights: i32) -> io::Result<()> {
        self.check(pages);
        if pages.is_empty() {
            return Ok(());
        }
        // SAFETY: pages of this reservation.
        done(unsafe { libc::mprotect(pointer(pages), pages.len(), rights) })
    }

    fn check(&self, pages: &Pages) {
        assert!(self.address <= pages.start && pages.start <= pages.end && pages.end <= self.end());
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: no pointer to it is left; if this fails, it stays reserved and is never used again.
        unsafe { libc::munmap(ptr::with_exposed_provenance_mut(self.address), self.length) };
    }
}

/// Untouched memory, to try how the kernel treats a first write. Not from an allocator, whose memory may have been
/// written before.
pub struct Probe(Reservation);

impl Probe {
    /// Bytes of the largest page size of any machine.
    const LENGTH: usize = 64 << 10;

    pub fn new() -> io::Result<Self> {
        let space = Reservation::new(Self::LENGTH)?;
        space.open(&(space.start()..space.end()))?;
        Ok(Probe(space))
    }

    /// Writes to its first page.
    pub fn write(&self) {
        // SAFETY: it is open, and no one else has its address.
        unsafe { ptr::with_exposed_provenance_mut::<u8>(self.0.start()).write_volatile(1) };
    }
}

fn pointer(pages: &Pages) -> *mut libc::c_void {
    ptr::with_exposed_provenance_mut(pages.start)
}

fn done(status: i32) -> io::Result<()> {
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `struct pm_scan_arg` and `struct page_region` of `<linux/fs.h>`.
#[repr(C)]
#[derive(Default)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

const PAGEMAP_SCAN: libc::Ioctl = 0xC060_6610_u32 as libc::Ioctl;
const FILE: u64 = 1 << 2;
const PRESENT: u64 = 1 << 3;
const SWAPPED: u64 = 1 << 4;
const PFNZERO: u64 = 1 << 5;

static PAGEMAP: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/pagemap").ok());

/// The most runs that one scan can tell: the kernel collects as many pages as one entry of a page directory has. If it
/// is given room for more, it finds them, and says that it stopped after the first of these (seen in Linux 6.18).
pub const MOST_RUNS: usize = 512;

/// The pages of a range that differ from what was mapped, in runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Private to this process, and so written.
    pub private: Vec<Pages>,
    /// Private, but not present at the moment: swapped out, or on the way to another frame.
    pub absent: Vec<Pages>,
    /// The kernel's zero page: read where no file is mapped, or put by KSM in place of a page overwritten with zeros.
    pub zeros: Vec<Pages>,
}

/// Asks the kernel for the touched pages of a range, in at most `most` runs; None if there are more, or if it cannot
/// tell.
///
/// A page that it does not name is untouched: an entry of the page table is empty, or present, or anything else, which
/// is SWAPPED (`pagemap_page_category` in the kernel's `fs/proc/task_mmu.c`). FILE is a page shared with the file's
/// other readers. No further category may be requested: each one excludes pages.
pub fn touched(pages: &Pages, most: usize) -> Option<Touched> {
    let pagemap = PAGEMAP.as_ref()?;
    let mut regions = vec![Region::default(); most];
    let mut scan = Scan {
        size: size_of::<Scan>() as u64,
        start: pages.start as u64,
        end: pages.end as u64,
        vec: regions.as_mut_ptr().expose_provenance() as u64,
        vec_len: most as u64,
        category_inverted: FILE,
        category_mask: FILE,
        category_anyof_mask: PRESENT | SWAPPED,
        return_mask: SWAPPED | PFNZERO,
        ..Scan::default()
    };
    // SAFETY: it writes to `scan` and to as many regions as there are.
    let found = unsafe { libc::ioctl(pagemap.as_raw_fd(), PAGEMAP_SCAN, &raw mut scan) };
    let found = usize::try_from(found).ok()?;
    if scan.walk_end != scan.end {
        return None;
    }
    let mut touched = Touched::default();
    for Region { start, end, categories } in &regions[..found] {
        let runs = match *categories {
            0 => &mut touched.private,
            PFNZERO => &mut touched.zeros,
            _ => &mut touched.absent,
        };
        runs.push(*start as usize..*end as usize);
    }
    Some(touched)
}

/// Whether the kernel can tell which pages were written (Linux 6.7). The probe must name a written page: a kernel that
/// is not Linux may accept the call and do nothing.
pub fn can_scan() -> bool {
    let Ok(probe) = Probe::new() else { return false };
    probe.write();
    let pages = probe.0.start()..probe.0.end();
    touched(&pages, 1).is_some_and(|Touched { private, absent, .. }| {
        private.iter().chain(&absent).any(|named| named.contains(&pages.start))
    })
}

/// Bytes of a page of this machine.
pub fn size() -> usize {
    static SIZE: LazyLock<usize> = LazyLock::new(|| {
        // SAFETY: it reads a constant.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).expect("every machine has pages")
    });
    *SIZE
}

/// PRESENT and SWAPPED of an entry of `/proc/self/pagemap` (Documentation/admin-guide/mm/pagemap.rst).
const ENTRY: u64 = 1 << 63 | 1 << 62;

/// The pages of a range that have any entry in this process's page table, in runs; None if the kernel does not tell.
/// Does not use the scan of [`touched`], so as to be independent of it.
pub fn entries(pages: &Pages) -> Option<Vec<Pages>> {
    let mut told = vec![0; pages.len() / size() * size_of::<u64>()];
    let place = pages.start / size() * size_of::<u64>();
    PAGEMAP.as_ref()?.read_exact_at(&mut told, place as u64).ok()?;
    let has_entry = |told: &[u8]| u64::from_ne_bytes(told.try_into().expect("eight bytes")) & ENTRY != 0;
    let addresses = pages.clone().step_by(size());
    let with_entry = addresses.zip(told.chunks_exact(size_of::<u64>())).filter(|(_, told)| has_entry(told));
    Some(joined(with_entry.map(|(address, _)| address..address + size()).collect()))
}

/// The intersection of two runs.
pub fn common(one: &Pages, other: &Pages) -> Pages {
    one.start.max(other.start)..one.end.min(other.end)
}

/// Sorts runs of pages, and joins those that meet or overlap.
pub fn joined(mut runs: Vec<Pages>) -> Vec<Pages> {
    runs.sort_by_key(|run| run.start);
    runs.dedup_by(|next, run| {
        let meets = next.start <= run.end;
        if meets {
            run.end = run.end.max(next.end);
        }
        meets
    });
    runs
}

/// The parts of runs that lie outside others, which are sorted.
pub fn outside(runs: Vec<Pages>, others: &[Pages]) -> Vec<Pages> {
    let mut rest = vec![];
    for run in runs {
        let mut start = run.start;
        for other in others.iter().filter(|other| !common(&run, other).is_empty()) {
            rest.push(start..other.start);
            start = other.end;
        }
        rest.push(start..run.end);
    }
    rest.retain(|run| !run.is_empty());
    rest
}

/// Tests that expect certain pages hold it shared; a test that makes the kernel move pages holds it alone.
#[cfg(test)]
pub static AT_REST: std::sync::RwLock<()> = std::sync::RwLock::new(());

#[cfg(test)]
mod tests;
