//! The memory that is a clock: a number that goes up, which the host writes.

use crate::units::WASM_PAGE;

/// A memory that no guest has otherwise: nobody else would choose that maximum, and who does is refused. Its first four
/// bytes are the number.
pub const EPOCH: wasm_encoder::MemoryType =
    wasm_encoder::MemoryType { minimum: 1, maximum: Some(12_289), memory64: true, shared: false, page_size_log2: None };

/// Whether a memory is the clock.
pub fn is_epoch(memory: &wasmtime::MemoryType) -> bool {
    memory.is_64() && memory.maximum() == EPOCH.maximum
}

/// Whether a memory of that maximum, in bytes, is the clock.
pub fn is_maximum_of_epoch(maximum: Option<usize>) -> bool {
    maximum.map(|maximum| maximum as u64) == EPOCH.maximum.map(|pages| pages * WASM_PAGE)
}
