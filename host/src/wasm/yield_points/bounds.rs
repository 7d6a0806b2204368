//! How much work there may be between two looks at the clock.

use crate::wasm::limits::TABLE_ELEMENTS;

/// How much of what there may be. A unit of work is an instruction, or a byte or an entry of a table that an instruction
/// copies or fills.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Units from one look at the clock to the next.
    pub stretch: u64,
    /// Instructions that a call comes to before something looks: a look at the beginning of a function is cheaper than one
    /// in the middle of it.
    pub call: u64,
    /// Units after which a function that looks before it returns need not look again.
    pub little: u64,
    /// Bytes that are copied or filled at once, without another call.
    pub at_once: u64,
    /// Bytes that are copied or filled from one look to the next.
    pub piece: u64,
    /// Entries of a table.
    pub table: u64,
    /// Units that a call of the host is counted for: what it takes itself, whatever it is asked to do.
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
