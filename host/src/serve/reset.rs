//! How a used slot gets the snapshot's memory back before the next request, and when which way is safe.

use super::pages;
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::fs;

/// As the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResetArg {
    Auto,
    Plain,
    Scan,
}

/// The way in use, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    scan: bool,
    pub reason: &'static str,
}

impl Reset {
    /// Looks at this machine and decides.
    ///
    /// # Errors
    /// When a scan is demanded where it is not possible or not safe.
    pub fn choose(asked: ResetArg) -> Result<Self> {
        let swap = Swap::of_this_machine();
        Self::decide(asked, pages::can_scan(), &swap)
    }

    /// `PAGEMAP_SCAN` reports written pages that are present. A written page that was swapped out is not reported,
    /// so it would not be reset, and the next request in that slot could read it.
    fn decide(asked: ResetArg, available: bool, swap: &Swap) -> Result<Self> {
        let safe = swap.is_impossible();
        match asked {
            ResetArg::Plain => Ok(Reset { scan: false, reason: "as asked" }),
            _ if available && safe => Ok(Reset { scan: true, reason: "no memory here can be swapped out" }),
            ResetArg::Scan if !available => bail!("--reset scan needs Linux 6.7 or later: leave it to --reset auto"),
            ResetArg::Scan => bail!(
                "--reset scan is not safe with swap, which hides written pages from it: turn swap off for this \
                 process (memory.swap.max of its control group), or leave it to --reset auto"
            ),
            ResetArg::Auto if !available => Ok(Reset { scan: false, reason: "the kernel cannot scan" }),
            ResetArg::Auto => Ok(Reset { scan: false, reason: "with swap, a scan would miss pages" }),
        }
    }

    /// Written pages are found and restored in place.
    pub fn scans(self) -> bool {
        self.scan
    }

    pub fn name(self) -> &'static str {
        if self.scan { "scan" } else { "plain" }
    }
}

#[cfg(test)]
impl Reset {
    /// Without a look at this machine.
    pub fn of(scan: bool) -> Self {
        Reset { scan, reason: "as a test has it" }
    }
}

/// What the kernel says of swap; a file that cannot be read is an empty one, and counts as swap being possible.
struct Swap {
    /// `/proc/swaps`: a heading, and a line for each device.
    devices: String,
    /// `memory.swap.max` of this process's control group, `0` when it may swap nothing.
    group_limit: String,
}

impl Swap {
    fn of_this_machine() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let groups = read("/proc/self/cgroup");
        let group = groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default();
        Swap {
            devices: read("/proc/swaps"),
            group_limit: read(&format!("/sys/fs/cgroup{}/memory.swap.max", group.trim_end_matches('/'))),
        }
    }

    fn is_impossible(&self) -> bool {
        let lines = self.devices.lines().filter(|line| !line.trim().is_empty()).count();
        lines == 1 || self.group_limit.trim() == "0"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "Filename\tType\tSize\tUsed\tPriority\n";

    fn decide(asked: ResetArg, available: bool, devices: &str, group_limit: &str) -> Result<bool> {
        let swap = Swap { devices: devices.into(), group_limit: group_limit.into() };
        Reset::decide(asked, available, &swap).map(|reset| reset.scan)
    }

    #[test]
    fn a_scan_happens_only_where_nothing_can_be_swapped_out() {
        let device = format!("{HEADING}/dev/zram0\tpartition\t1\t0\t-2\n");
        assert!(decide(ResetArg::Auto, true, HEADING, "").unwrap());
        assert!(decide(ResetArg::Auto, true, &device, "0\n").unwrap());
        assert!(!decide(ResetArg::Auto, true, &device, "max\n").unwrap());
        assert!(!decide(ResetArg::Auto, true, "", "").unwrap(), "an unreadable /proc/swaps proves nothing");
        assert!(!decide(ResetArg::Auto, false, HEADING, "0").unwrap());
        assert!(!decide(ResetArg::Plain, true, HEADING, "0").unwrap());
    }

    #[test]
    fn an_unsafe_scan_is_refused() {
        let device = format!("{HEADING}/swapfile\tfile\t1\t0\t-2\n");
        assert!(decide(ResetArg::Scan, true, &device, "max").unwrap_err().to_string().contains("not safe"));
        assert!(decide(ResetArg::Scan, false, HEADING, "").unwrap_err().to_string().contains("Linux"));
        assert!(decide(ResetArg::Scan, true, HEADING, "").unwrap());
    }
}
