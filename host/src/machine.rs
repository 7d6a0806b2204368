//! The resources of this machine.

use crate::units::{self, Size};
use anyhow::{Result, bail};
use nix::sys::resource::{Resource, getrlimit};
use std::fs::read_to_string;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Physical memory, or the limit of this process's control groups; None if the system does not say.
pub fn memory() -> Option<Size> {
    let total = read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let own = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = groups(&own).filter_map(|group| read_to_string(group.join("memory.max")).ok()?.trim().parse().ok());
    limits.chain(total).min().map(Size)
}

/// Parses a memory cap for a sandbox on this machine.
pub fn memory_cap(text: &str) -> Result<Size> {
    let cap = units::memory_cap(text)?;
    if let Some(memory) = memory().filter(|memory| cap > *memory) {
        bail!("{cap} for one sandbox is more than the {memory} that this machine has");
    }
    Ok(cap)
}

/// The folders of a process's control group and its ancestors, from its `/proc/PID/cgroup` (cgroups(7), version 2). In
/// a container with a namespace of its own, its group is the root.
fn groups(cgroup: &str) -> impl Iterator<Item = PathBuf> {
    let own = cgroup.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    Path::new(own).ancestors().map(|group| Path::new("/sys/fs/cgroup").join(group))
}

/// Returns freed memory to the system: otherwise glibc would keep some 150 MiB of what a build or a crowd of requests
/// has used, for a server that needs none.
pub fn trim() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes any number and may be called at any time (malloc_trim(3)).
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Bytes allocated and not freed by this thread's allocator, if it reports them: glibc does, on a program's first
/// thread.
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

/// A share of the file descriptors that this process may have, up to `most`; or what was asked for instead.
pub fn share_of_descriptors(asked: Option<NonZeroU32>, share: u64, most: u64) -> usize {
    let number = asked.map_or_else(|| (descriptors() / share).clamp(1, most), |asked| asked.get().into());
    usize::try_from(number).unwrap_or(usize::MAX)
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
    fn the_groups_around_a_service_count_too() {
        let of = |cgroup| groups(cgroup).map(|group| group.display().to_string()).collect::<Vec<_>>();
        let service = ["/sys/fs/cgroup/system.slice/shop.service", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/"];
        assert_eq!(of("1:name=systemd:/x\n0::/system.slice/shop.service\n"), service);
        for root in ["0::/\n", ""] {
            assert_eq!(of(root), ["/sys/fs/cgroup/"]);
        }
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(memory().is_none_or(|memory| memory > Size(16 << 20)));
    }
}
