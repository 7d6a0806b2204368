//! What this machine has.

use crate::units::Size;
use nix::sys::resource::{Resource, getrlimit};
use std::fs::read_to_string;

/// Physical memory, or what this process's container may use of it; nothing where the system does not say.
pub fn memory() -> Option<Size> {
    let total = read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let limit = read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    [total, limit].into_iter().flatten().min().map(Size)
}

/// Gives memory that was freed back to the system: glibc would keep some 150 MiB of what a build or a crowd of requests
/// has used, for a server that needs none.
pub fn trim() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes any number and may be called at any time (malloc_trim(3)).
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Bytes that this thread's allocator has given out and not got back, as far as it says: glibc's, on a program's first thread.
pub fn allocated() -> Option<u64> {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it may be called at any time (mallinfo(3)).
        let info = unsafe { libc::mallinfo2() };
        Some((info.uordblks + info.hblkhd) as u64)
    }
    #[cfg(not(target_env = "gnu"))]
    None
}

/// File descriptors that this process may have: the soft limit.
pub fn descriptors() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft)
}

fn total(meminfo: &str) -> Option<u64> {
    let kib = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    kib.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_in_kib() {
        assert_eq!(total("MemTotal:       24684100 kB\nMemFree: 1 kB\n"), Some(24_684_100 << 10));
        assert_eq!(total("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(memory().is_none_or(|memory| memory > Size(16 << 20)));
    }
}
