//! The choice of how a used slot gets the snapshot's memory back. Both ways are safe on any machine.

use super::pages;
use super::verify::Share;
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
    /// How many resets are verified.
    pub verified: Share,
}

impl Reset {
    /// Chooses for this machine.
    ///
    /// # Errors
    /// When a scan is demanded but not possible.
    pub fn choose(asked: ResetArg, verified: Share) -> Result<Self> {
        Self::decide(asked, verified, pages::can_scan())
    }

    fn decide(asked: ResetArg, verified: Share, available: bool) -> Result<Self> {
        ensure!(
            asked != ResetArg::Scan || available,
            "--reset scan needs PAGEMAP_SCAN (Linux 6.7 or later, and /proc): leave it to --reset auto"
        );
        let (scan, reason) = match asked {
            ResetArg::Plain => (false, "as asked"),
            _ if available => (true, "the kernel names the written pages"),
            _ => (false, "the kernel does not name the written pages"),
        };
        Ok(Reset { scan, reason, verified })
    }

    /// Whether written pages are found and restored in place.
    pub fn scans(self) -> bool {
        self.scan
    }

    pub fn name(self) -> &'static str {
        if self.scan { "scan" } else { "plain" }
    }
}

#[cfg(test)]
impl Reset {
    /// Without checking this machine.
    pub fn of(scan: bool, verified: Share) -> Self {
        Reset { scan, reason: "as a test has it", verified }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scans(asked: ResetArg, available: bool) -> bool {
        Reset::decide(asked, Share(0), available).unwrap().scan
    }

    #[test]
    fn a_scan_happens_where_it_can_and_is_wanted() {
        assert!(scans(ResetArg::Auto, true) && scans(ResetArg::Scan, true));
        assert!(!scans(ResetArg::Auto, false) && !scans(ResetArg::Plain, false));
        assert!(!scans(ResetArg::Plain, true));
        let refused = Reset::decide(ResetArg::Scan, Share(0), false).unwrap_err().to_string();
        assert!(refused.contains("Linux 6.7") && refused.contains("--reset auto"), "{refused}");
    }
}
