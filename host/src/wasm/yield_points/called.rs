//! What calls cost, as far as it is known.

use super::bounds::Bounds;
use super::call_graph::{Callees, Graph};
use super::passed::Passed;

/// The code of a look, and of what it calls.
pub const CHECK: u64 = 20;

/// What a call costs those who call.
#[derive(Clone, Copy, Default)]
pub struct Called {
    /// The most until something looks, or the call ends.
    pub before: u64,
    /// The most until it returns without a look; None where it cannot.
    pub through: Option<u64>,
    /// The most from the last look until it returns; None where it does not look, or not return.
    pub after: Option<u64>,
}

impl Called {
    /// Memory that is copied or filled, piece by piece where that is much.
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

    /// What has passed at one of its returns.
    pub fn returns(&mut self, passed: Passed) {
        self.through = self.through.max(passed.entry);
        self.after = self.after.max(passed.check);
    }
}

/// What is known of all functions so far.
pub struct Known<'a> {
    pub bounds: Bounds,
    pub graph: &'a Graph,
    /// By the number of the function.
    pub functions: Vec<Called>,
    pub outside: Called,
}

impl Known<'_> {
    /// What a call costs that may go to any of these.
    pub fn called(&self, callees: &Callees) -> Called {
        let outside = if callees.outside { self.outside } else { Called::default() };
        callees.functions.iter().fold(outside, |called, function| called.or(self.functions[*function]))
    }
}
