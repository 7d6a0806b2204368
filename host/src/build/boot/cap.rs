//! The memory cap: during the import, and in the component, so that it holds on every host.

use crate::units::{Size, WASM_PAGE};
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{MemorySection, Module, RawSection};
use wasmparser::{MemorySectionReader, Parser, Payload};
use wasmtime::ResourceLimiter;

/// How much linear memory a boot gets.
#[derive(Clone)]
pub struct Cap {
    pub size: Size,
    /// For a trial boot, which only pretends to change directories.
    pub is_trial: bool,
    /// For a boot whose output is not shown.
    pub is_mute: bool,
    reached: Arc<AtomicBool>,
}

impl Cap {
    pub fn new(size: Size) -> Self {
        Cap { size, is_trial: false, is_mute: false, reached: Arc::default() }
    }

    pub fn trial(size: Size) -> Self {
        Cap { is_trial: true, is_mute: true, ..Cap::new(size) }
    }

    pub fn muted(self, is_mute: bool) -> Self {
        Cap { is_mute, ..self }
    }

    /// Whether that much memory is allowed; remembers a refusal.
    pub fn grants(&self, memory: Size) -> bool {
        let granted = memory <= self.size;
        self.reached.fetch_or(!granted, Relaxed);
        granted
    }

    /// Whether a boot requested more than the cap.
    pub fn was_reached(&self) -> bool {
        self.reached.load(Relaxed)
    }
}

impl ResourceLimiter for Cap {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grants(Size(desired as u64)))
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

/// Lowers the maximum of the core module's memory to `cap`. Everything else stays as it is, byte for byte.
pub fn set(core_module: &[u8], cap: Size) -> Result<Vec<u8>> {
    let mut capped = Module::new();
    for payload in Parser::new(0).parse_all(core_module) {
        match payload? {
            Payload::MemorySection(memories) => {
                capped.section(&with_maximum(memories, cap.0 / WASM_PAGE)?);
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    capped.section(&RawSection { id, data: &core_module[range] });
                }
            }
        }
    }
    Ok(capped.finish())
}

fn with_maximum(memories: MemorySectionReader, pages: u64) -> Result<MemorySection> {
    let mut section = MemorySection::new();
    for memory in memories {
        let mut memory = RoundtripReencoder.memory_type(memory?)?;
        memory.maximum = Some(memory.maximum.map_or(pages, |maximum| maximum.min(pages)));
        section.memory(memory);
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Module, Store};

    /// A module with one memory of these limits, exported, and a data segment.
    fn module(limits: &[u8]) -> Vec<u8> {
        let memory = [&[1][..], limits].concat();
        let export = b"\x01\x06memory\x02\x00";
        let data = b"\x01\x00\x41\x08\x0b\x02hi";
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (id, section) in [(5, &memory[..]), (7, export), (11, data)] {
            module.extend([id, section.len() as u8]);
            module.extend(section);
        }
        module
    }

    fn capped(limits: &[u8], cap: Size) -> (Store<()>, wasmtime::Memory) {
        let engine = Engine::default();
        let module = Module::new(&engine, set(&module(limits), cap).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let memory = Instance::new(&mut store, &module, &[]).unwrap().get_memory(&mut store, "memory").unwrap();
        (store, memory)
    }

    #[test]
    fn growth_ends_at_the_cap() {
        let (mut store, memory) = capped(&[0, 2], Size(3 << 16));
        assert_eq!(&memory.data(&store)[8..10], b"hi");
        assert_eq!(memory.grow(&mut store, 1).unwrap(), 2);
        assert!(memory.grow(&mut store, 1).is_err());
    }

    #[test]
    fn a_smaller_maximum_stays() {
        let (store, memory) = capped(&[1, 2, 4], Size(128 << 20));
        assert_eq!(memory.ty(&store).maximum(), Some(4));
    }
}
