//! The epoch's memory: a number that goes up, written by the host.

use crate::units::WASM_PAGE;

/// A memory type reserved for the epoch: no real module chooses this maximum, and one that does is refused. Its first
/// four bytes are the number.
pub const EPOCH: wasm_encoder::MemoryType =
    wasm_encoder::MemoryType { minimum: 1, maximum: Some(12_289), memory64: true, shared: false, page_size_log2: None };

/// Whether a memory is the epoch's.
pub fn is_epoch(memory: &wasmtime::MemoryType) -> bool {
    memory.is_64() && memory.maximum() == EPOCH.maximum
}

/// Whether a memory with this maximum, in bytes, is the epoch's.
pub fn is_maximum_of_epoch(maximum: Option<usize>) -> bool {
    maximum.map(|maximum| maximum as u64) == EPOCH.maximum.map(|pages| pages * WASM_PAGE)
}
