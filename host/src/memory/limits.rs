//! Limits of memory and of the epoch, with their reasons.

use std::time::Duration;

/// The epoch's tick, and so the precision of a deadline. A guest that computes yields at its second tick, so that
/// others on the same thread, and its deadline, get their turn: yielding at the first would requeue short requests that
/// happen to straddle one.
pub const TICK: Duration = Duration::from_millis(5);

/// How many idle slots keep the pages that requests write to: the default concurrency. Small requests leave a quarter
/// of a megabyte in each.
pub const WARM_SLOTS: usize = 64;
