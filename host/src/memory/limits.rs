//! Limits of memory and of its clock, with their reasons.

use std::time::Duration;

/// How often the clock ticks that guests look at. One that computes gives way, so that others on the same thread, and its
/// deadline, get their turn, after one to two ticks: if at the first, a request as short as most would meet it now and
/// then, and wait in line once more. Also how exactly a deadline is kept.
pub const TICK: Duration = Duration::from_millis(5);

/// Slots that keep what a request writes to when they are idle: as many as there are by default. Small requests leave a
/// quarter of a megabyte in each.
pub const WARM_SLOTS: usize = 64;
