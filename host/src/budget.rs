//! What a request may still use of a limit.

use crate::terminal::console;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The bytes left of a limit, for everything of a sandbox that draws on it.
pub struct Budget {
    left: AtomicU64,
    told: AtomicBool,
    /// The log line when a request exceeds the limit.
    beyond: &'static str,
}

impl Budget {
    /// `beyond` is a line for the log.
    pub fn new(bytes: u64, beyond: &'static str) -> Arc<Self> {
        Arc::new(Budget { left: AtomicU64::new(bytes), told: AtomicBool::new(false), beyond })
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.left.load(Relaxed)
    }

    /// Takes up to `wanted` bytes, and returns how many there were. Logs once when they run out.
    pub fn take(&self, wanted: usize) -> usize {
        let before = self.left.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(wanted as u64)));
        let granted = wanted.min(usize::try_from(before.unwrap_or_else(|left| left)).unwrap_or(usize::MAX));
        if granted < wanted && !self.told.swap(true, Relaxed) {
            console::warning(self.beyond);
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_given_than_there_is() {
        let budget = Budget::new(5, "wasgi: no more is left");
        assert_eq!((budget.take(3), budget.take(3), budget.take(3)), (3, 2, 0));
        assert_eq!(Budget::new(u64::MAX, "").take(7), 7);
    }
}
