//! What a request may still have of something.

use crate::terminal::console;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Bytes that are left of a limit, for everything of a sandbox that draws on it.
pub struct Budget {
    left: AtomicU64,
    told: AtomicBool,
    /// What is said when somebody wants more than is left.
    beyond: &'static str,
}

impl Budget {
    /// `beyond` is a line for the log.
    pub fn new(bytes: u64, beyond: &'static str) -> Arc<Self> {
        Arc::new(Budget { left: AtomicU64::new(bytes), told: AtomicBool::new(false), beyond })
    }

    /// How many there are still.
    pub fn left(&self) -> u64 {
        self.left.load(Relaxed)
    }

    /// How many of `wanted` bytes there were; they are gone. Says once that there are no more.
    pub fn take(&self, wanted: usize) -> usize {
        let before = self.left.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(wanted as u64)));
        let granted = wanted.min(usize::try_from(before.unwrap_or_else(|left| left)).unwrap_or(usize::MAX));
        if granted < wanted && !self.told.swap(true, Relaxed) {
            console::line(self.beyond);
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
