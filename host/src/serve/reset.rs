//! How a used slot gets the snapshot's memory back before the next request. Both ways are safe on any machine.

use super::pages;
use anyhow::{Result, ensure};
use clap::ValueEnum;

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
    /// When a scan is demanded where it is not possible.
    pub fn choose(asked: ResetArg) -> Result<Self> {
        Self::decide(asked, pages::can_scan())
    }

    fn decide(asked: ResetArg, available: bool) -> Result<Self> {
        ensure!(
            asked != ResetArg::Scan || available,
            "--reset scan needs PAGEMAP_SCAN (Linux 6.7 or later, and /proc): leave it to --reset auto"
        );
        Ok(match asked {
            ResetArg::Plain => Reset { scan: false, reason: "as asked" },
            _ if available => Reset { scan: true, reason: "the kernel names the written pages" },
            _ => Reset { scan: false, reason: "the kernel does not name the written pages" },
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scans(asked: ResetArg, available: bool) -> bool {
        Reset::decide(asked, available).unwrap().scan
    }

    #[test]
    fn a_scan_happens_where_it_can_and_is_wanted() {
        assert!(scans(ResetArg::Auto, true) && scans(ResetArg::Scan, true));
        assert!(!scans(ResetArg::Auto, false) && !scans(ResetArg::Plain, false));
        assert!(!scans(ResetArg::Plain, true));
        let refused = Reset::decide(ResetArg::Scan, false).unwrap_err().to_string();
        assert!(refused.contains("Linux 6.7") && refused.contains("--reset auto"), "{refused}");
    }
}
