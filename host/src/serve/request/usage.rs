//! CPU time and page faults of a thread.

use super::cpu;
use crate::memory::faults::Reading;
use std::time::Duration;

/// CPU time and page faults of the current thread, from its start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Microseconds, user and system.
    pub cpu_us: u64,
    /// Page faults. The first write to each page of a fresh sandbox is one; with `--reset scan`, pages that an earlier
    /// request wrote are in place already and fault no more.
    pub faults: u64,
}

impl Usage {
    /// Without `charged`, leaves out the CPU time, which may take a system call. None if the kernel gave no reading.
    pub fn of_this_thread(reading: &Reading, charged: bool) -> Option<Self> {
        let (kernel, faults) = (reading.kernel.as_ref()?, reading.faults()?);
        let cpu = if charged { cpu::of_this_thread(reading.at, kernel) } else { Duration::ZERO };
        Some(Usage { cpu_us: u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX), faults })
    }

    /// Their sum.
    pub fn and(self, more: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us + more.cpu_us, faults: self.faults + more.faults }
    }

    /// What came after `earlier`.
    pub fn since(self, earlier: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us.saturating_sub(earlier.cpu_us), faults: self.faults.saturating_sub(earlier.faults) }
    }
}
