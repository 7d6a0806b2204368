//! The memory of a running `wasgi`, seen from outside.

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A process's use of its machine.
#[derive(Debug)]
pub struct Footprint {
    /// Resident memory, in KiB. Pages of files count once for each mapping, so each slot of a pool counts the
    /// snapshot's clean pages again.
    pub resident: usize,
    /// Private resident memory, in KiB.
    pub private: usize,
    /// The peak of resident memory since [`forget_peak`], in KiB.
    pub peak: usize,
    /// Open file descriptors.
    pub descriptors: usize,
}

impl Footprint {
    pub fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
        let kib = |field: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(field)).expect("every process has one");
            value.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("it is our own child").count();
        Footprint { resident: kib("VmRSS:"), private: kib("RssAnon:"), peak: kib("VmHWM:"), descriptors }
    }
}

/// Resets the process's peak (proc(5), clear_refs).
pub fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("it is our own child");
}

/// One line of `/proc/PID/maps`.
pub struct Region {
    addresses: Range<u64>,
    readable: bool,
    writable: bool,
    offset: u64,
    inode: u64,
    /// The mapped file, if any; memory of memfd_create(2) has a special name.
    path: PathBuf,
    /// The process's open files.
    descriptors: PathBuf,
}

/// All mappings of a process.
pub struct Memory {
    file: File,
    pub regions: Vec<Region>,
}

impl Memory {
    pub fn of(pid: u32) -> Self {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the process runs");
        let file = File::open(format!("/proc/{pid}/mem")).expect("it is our own child");
        Memory { file, regions: maps.lines().map(|line| Region::parse(line, pid)).collect() }
    }

    /// The number of occurrences of `needle` in the whole memory.
    pub fn count(&self, needle: &[u8]) -> usize {
        let finder = memchr::memmem::Finder::new(needle);
        self.regions
            .iter()
            .filter(|region| region.readable)
            .map(|region| finder.find_iter(&self.read(region)).count())
            .sum()
    }

    /// The private, writable mappings of the server's copy of compiled code: the snapshot in its slots.
    pub fn snapshots(&self) -> impl Iterator<Item = &Region> {
        self.regions.iter().filter(|region| region.writable && region.path == Path::new("/memfd:wasgi"))
    }

    /// The region's bytes; empty for the kernel's own pages, which cannot be read.
    pub fn read(&self, region: &Region) -> Vec<u8> {
        let mut bytes = vec![0; region.len()];
        match self.file.read_exact_at(&mut bytes, region.addresses.start) {
            Ok(()) => bytes,
            Err(_) => vec![],
        }
    }
}

impl Region {
    fn parse(line: &str, pid: u32) -> Self {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let number = |text: &str| u64::from_str_radix(text, 16).expect("hexadecimal");
        let (start, end) = word().split_once('-').expect("a range");
        let (start, end) = (number(start), number(end));
        let rights = word().to_owned();
        let offset = number(word());
        let inode = words.nth(1).and_then(|inode| inode.parse().ok()).expect("a number");
        let path = words.next().unwrap_or_default().into();
        let (readable, writable) = (rights.starts_with('r'), rights.starts_with("rw"));
        let descriptors = format!("/proc/{pid}/fd").into();
        Region { addresses: start..end, readable, writable, offset, inode, path, descriptors }
    }

    pub fn len(&self) -> usize {
        (self.addresses.end - self.addresses.start) as usize
    }

    /// The file's bytes at the region.
    pub fn original(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len()];
        let open = fs::read_dir(&self.descriptors).expect("it is our own child").flatten();
        let mapped = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.ino() == self.inode);
        let path = open.map(|entry| entry.path()).find(mapped).expect("the server has it open");
        let file = File::open(path).expect("the mapped file");
        let read = file.read_at(&mut bytes, self.offset).expect("reading the mapped file");
        // Beyond the file's end, a mapping has zeros.
        bytes[read..].fill(0);
        bytes
    }
}
