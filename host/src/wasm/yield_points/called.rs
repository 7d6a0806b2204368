//! The cost of calls, as far as it is known.

use super::bounds::Bounds;
use super::call_graph::{Callees, Graph};
use super::passed::Passed;

/// The code of a check, and of what it calls.
pub const CHECK: u64 = 20;

/// What a call costs its caller.
#[derive(Clone, Copy, Default)]
pub struct Called {
    /// The most work until a check or the return.
    pub before: u64,
    /// The most work to a return without a check; None if that cannot happen.
    pub through: Option<u64>,
    /// The most work from the last check to the return; None if it never checks or never returns.
    pub after: Option<u64>,
}

impl Called {
    /// The cost of copying or filling memory, piece by piece if it is much.
    pub fn piecewise(bounds: Bounds) -> Called {
        Called { before: 2 * CHECK, through: Some(0), after: Some(bounds.piece + 3 * CHECK) }
    }

    pub fn or(self, other: Called) -> Called {
        Called {
            before: self.before.max(other.before),
            through: self.through.max(other.through),
            after: self.after.max(other.after),
        }
    }

    /// Adds a return, with the work that has passed there.
    pub fn returns(&mut self, passed: Passed) {
        self.through = self.through.max(passed.entry);
        self.after = self.after.max(passed.check);
    }
}

/// What is known of all functions so far.
pub struct Known<'a> {
    pub bounds: Bounds,
    pub graph: &'a Graph,
    /// By function number.
    pub functions: Vec<Called>,
    pub outside: Called,
}

impl Known<'_> {
    /// The cost of a call that may go to any of these.
    pub fn called(&self, callees: &Callees) -> Called {
        let outside = if callees.outside { self.outside } else { Called::default() };
        callees.functions.iter().fold(outside, |called, function| called.or(self.functions[*function]))
    }
}
