//! Verification in production: the server checks a share of all resets, byte for byte, before their slots are used
//! again.
//!
//! Resets are complete by what the kernel promises (docs/reference/isolation.md). This checks that they are.

use anyhow::{Context, Result, ensure};
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// The share of verified resets: one in this many, on average; 0 for none. `1/1000` and `0` on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub u32);

impl FromStr for Share {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "0" {
            return Ok(Share(0));
        }
        let of = text.strip_prefix("1/").and_then(|of| of.parse().ok());
        let of = of.context("write 1/1000 to verify one reset of a thousand, or 0 to verify none")?;
        ensure!(of > 0, "no reset is one of none: write 1/1 to verify each, or 0 to verify none");
        Ok(Share(of))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.0 == 0 { write!(f, "0") } else { write!(f, "1/{}", self.0) }
    }
}

/// Draws which resets are verified, at random: otherwise periodic events, such as the renewal of a slot, would be
/// verified each time or never, and guests could count along.
pub struct Lot {
    share: Share,
    /// Resets left until a verified one.
    left: AtomicI64,
}

impl Lot {
    pub fn new(share: Share) -> Self {
        Lot { share, left: AtomicI64::new(gap(share)) }
    }

    /// Whether to verify this reset.
    pub fn is_drawn(&self) -> bool {
        if self.share.0 == 0 || self.left.fetch_sub(1, Relaxed) > 1 {
            return false;
        }
        // Threads that come before this write verify, too.
        self.left.store(gap(self.share), Relaxed);
        true
    }
}

/// From 1 to one less than twice the share, so that the share is the mean.
fn gap(Share(of): Share) -> i64 {
    let most = (2 * u64::from(of)).saturating_sub(1).max(1);
    // Without entropy, the mean.
    let drawn = getrandom::u64().map_or(u64::from(of), |number| number % most + 1);
    i64::try_from(drawn).expect("no more than twice a number of 32 bits")
}

/// Resets verified since the process began.
static VERIFIED: AtomicU64 = AtomicU64::new(0);

/// How many resets were verified since the process began.
pub fn verified() -> u64 {
    VERIFIED.load(Relaxed)
}

/// Counts a reset that is verified.
pub fn count_verified() {
    VERIFIED.fetch_add(1, Relaxed);
}

/// Incomplete resets found since the process began.
static DIFFERENCES: AtomicU64 = AtomicU64::new(0);

/// How many incomplete resets were found since the process began.
pub fn differences() -> u64 {
    DIFFERENCES.load(Relaxed)
}

/// Counts an incomplete reset.
pub fn count_difference() {
    DIFFERENCES.fetch_add(1, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_one_of_so_many_or_none() {
        for (text, share) in [("1/1000", Share(1000)), ("1/1", Share(1)), ("0", Share(0))] {
            assert_eq!(text.parse::<Share>().unwrap(), share);
            assert_eq!(share.to_string(), text);
        }
        for (text, cure) in [("1000", "1/1000"), ("2/3", "1/1000"), ("1/0", "1/1"), ("1/-1", "1/1000"), ("", "1/1000")]
        {
            let error = text.parse::<Share>().unwrap_err().to_string();
            assert!(error.contains(cure), "{text}: {error}");
        }
    }

    fn drawn(share: u32, of: usize) -> usize {
        let lot = Lot::new(Share(share));
        (0..of).filter(|_| lot.is_drawn()).count()
    }

    #[test]
    fn as_many_are_drawn_as_were_asked_for() {
        assert_eq!((drawn(0, 1000), drawn(1, 1000)), (0, 1000));
        // 1,000 are expected, with a standard deviation of 18.
        let drawn = drawn(100, 100_000);
        assert!((900..1100).contains(&drawn), "{drawn}");
    }

    #[test]
    fn draws_are_in_step_with_nothing() {
        let lot = Lot::new(Share(10));
        let at: Vec<usize> = (0..1000).filter(|_| lot.is_drawn()).map(|reset| reset % 10).collect();
        assert!(at.iter().any(|place| *place != at[0]));
    }
}
