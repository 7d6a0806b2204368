//! What core modules with the same code have in common: everything but their data and the limits of its memory. Neither
//! changes what machine code does.

use anyhow::Result;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{DataSection, MemorySection, Module, RawSection};
use wasmparser::{DataKind, DataSectionReader, MemorySectionReader, Parser, Payload};

/// The initial size that machine code assumes of a memory whose snapshot was split off, in pages of WebAssembly's. No
/// memory has less, so what the code assumes is true.
pub const DECLARED_PAGES: u64 = 1;

/// The core module without its active data; with `is_sized`, also without the limits of its memory. If instructions may
/// name data segments, which takes a section with their count, the count stays.
pub fn of_module(core_module: &[u8], is_sized: bool) -> Result<Vec<u8>> {
    let mut common = Module::new();
    let mut is_counted = false;
    for payload in Parser::new(0).parse_all(core_module) {
        let payload = payload?;
        is_counted |= matches!(payload, Payload::DataCountSection { .. });
        match payload {
            Payload::DataSection(section) => {
                if is_counted {
                    common.section(&unplaced(section)?);
                }
            }
            Payload::MemorySection(section) if is_sized => {
                common.section(&told(section)?);
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    common.section(&RawSection { id, data: &core_module[range] });
                }
            }
        }
    }
    Ok(common.finish())
}

/// A segment is useless once it was copied to memory: an empty one does the same.
fn unplaced(section: DataSectionReader) -> Result<DataSection> {
    let mut data = DataSection::new();
    for segment in section {
        let segment = segment?;
        let is_placed = matches!(segment.kind, DataKind::Active { .. });
        data.passive(if is_placed { [].iter() } else { segment.data.iter() }.copied());
    }
    Ok(data)
}

/// The limits that the code is compiled with.
fn told(section: MemorySectionReader) -> Result<MemorySection> {
    let mut memories = MemorySection::new();
    for memory in section {
        let mut memory = RoundtripReencoder.memory_type(memory?)?;
        (memory.minimum, memory.maximum) = (DECLARED_PAGES, None);
        memories.memory(memory);
    }
    Ok(memories)
}
