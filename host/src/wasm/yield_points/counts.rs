//! The sizes of a module's index spaces.

use super::epoch::EPOCH;
use anyhow::{Result, ensure};
use wasmparser::{MemoryType, Payload, TypeRef};

/// The sizes of a module's index spaces.
#[derive(Default)]
pub struct Counts {
    /// The parameter count of each type, if it is a function type.
    pub types: Vec<usize>,
    pub imported_functions: u32,
    /// The type of each function with a body.
    pub functions: Vec<u32>,
    pub memories: Vec<MemoryType>,
    pub globals: u32,
}

impl Counts {
    pub fn look_at(&mut self, payload: &Payload) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for kind in section.clone().into_iter_err_on_gc_types() {
                    self.types.push(kind?.params().len());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    match import?.ty {
                        TypeRef::Func(_) => self.imported_functions += 1,
                        TypeRef::Memory(memory) => self.memories.push(memory),
                        TypeRef::Global(_) => self.globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for kind in section.clone() {
                    self.functions.push(kind?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory?;
                    ensure!(
                        memory.maximum != EPOCH.maximum,
                        "a memory that may grow to exactly 12289 pages is nothing that wasgi can serve: choose another \
                         maximum"
                    );
                    self.memories.push(memory);
                }
            }
            Payload::GlobalSection(section) => self.globals += section.count(),
            _ => {}
        }
        Ok(())
    }
}
