//! How much work there may be between two checks of the epoch.

use crate::wasm::limits::TABLE_ELEMENTS;

/// The bounds. A unit of work is an instruction, or a byte or a table entry that an instruction copies or fills.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Units from one check to the next.
    pub stretch: u64,
    /// Instructions that a call may reach before a check: a check at the beginning of a function is cheaper than one in
    /// the middle.
    pub call: u64,
    /// A function that checks before it returns may skip that below this many units.
    pub little: u64,
    /// Bytes copied or filled at once, without another call.
    pub at_once: u64,
    /// Bytes copied or filled from one check to the next.
    pub piece: u64,
    /// Table entries.
    pub table: u64,
    /// Units charged for a call of the host: its own cost, whatever its arguments.
    pub host: u64,
}

/// A stretch is about a millisecond.
pub const BOUNDS: Bounds = Bounds {
    stretch: 1_000_000,
    call: 100_000,
    little: 1000,
    at_once: 4 << 10,
    piece: 64 << 10,
    table: TABLE_ELEMENTS as u64,
    host: 1000,
};
