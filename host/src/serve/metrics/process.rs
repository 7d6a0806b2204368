//! What Prometheus' own libraries tell of a process, under the same names.

use crate::memory::pages;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::fs;

/// CPU time, user and system, in seconds.
pub fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
    let micros = usage.map_or(0, |usage| (usage.user_time() + usage.system_time()).num_microseconds());
    micros as f64 / 1e6
}

/// In bytes (proc_pid_statm(5)).
pub fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * pages::size() as u64)
}

pub fn open_descriptors() -> Option<u64> {
    // One of them is that of the folder itself.
    Some((fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1))
}
