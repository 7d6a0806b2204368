//! Where a guest looks at the clock, so that it gives way to others and ends at its deadline.
//!
//! wasmtime can do that, too: with `epoch_interruption` each function looks at its beginning and each loop in every
//! round, which took a seventh of a template's time. Most of that is for nothing, and wasmtime cannot be told so. Here
//! loops look in every round; functions look where they may be called without end, so that some look in each circle
//! of calls, and what is called between two looks is bounded ([`STRETCH`]).
//!
//! The clock is a memory of the host's ([`is_clock`]): a number that goes up. When it is another than it was at
//! the last look, the guest asks for that memory to grow. It cannot; but the host hears of it, and may let others go
//! first before it says so.

mod circles;
mod writing;

use crate::units::WASM_PAGE;
use anyhow::{Result, ensure};
use circles::Calls;
use wasm_encoder::reencode::utils;
use wasm_encoder::{MemoryType, Module};
use wasmparser::{BinaryReader, CodeSectionReader, Parser, Payload, TypeRef};
use writing::Polled;

/// Instructions from one look at the clock to the next, at most: well below a millisecond.
const STRETCH: u64 = 100_000;

/// A memory that no guest has otherwise: nobody else would choose that maximum, and who does is refused. Its first four
/// bytes are the number.
const CLOCK: MemoryType =
    MemoryType { minimum: 1, maximum: Some(12_289), memory64: true, shared: false, page_size_log2: None };

/// Whether a memory is the clock.
pub fn is_clock(memory: &wasmtime::MemoryType) -> bool {
    memory.is_64() && memory.maximum() == CLOCK.maximum
}

/// Whether a memory of that maximum, in bytes, is the clock.
pub fn is_maximum_of_clock(maximum: Option<usize>) -> bool {
    maximum.map(|maximum| maximum as u64) == CLOCK.maximum.map(|pages| pages * WASM_PAGE)
}

/// Gives the module with looks at the clock in its code.
///
/// # Errors
/// When it is not a core module, or has a memory that would be taken for the clock.
pub fn insert(module: &[u8]) -> Result<Vec<u8>> {
    let mut counts = Counts::default();
    let mut calls = Calls::default();
    let mut code = None;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        counts.look_at(&payload)?;
        calls.look_at(&payload)?;
        if let Payload::CodeSectionStart { range, .. } = payload {
            code = Some(BinaryReader::new(&module[range.clone()], range.start));
        }
    }
    let looking = calls.looking(STRETCH);
    let Some(code) = code.filter(|_| calls.has_loops() || looking.contains(&true)) else { return Ok(module.to_vec()) };
    let mut polled = Polled::new(counts, &looking);
    polled.translate(CodeSectionReader::new(code)?)?;
    let mut written = Module::new();
    utils::parse_core_module(&mut polled, &mut written, Parser::new(0), module)?;
    Ok(written.finish())
}

/// How many there are of what has an index.
#[derive(Default)]
struct Counts {
    /// Of each type: how many parameters it has, if it is one of functions.
    types: Vec<usize>,
    imported_functions: u32,
    /// Of each function with a body: its type.
    functions: Vec<u32>,
    memories: u32,
    globals: u32,
}

impl Counts {
    fn look_at(&mut self, payload: &Payload) -> Result<()> {
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
                        TypeRef::Memory(_) => self.memories += 1,
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
                    ensure!(
                        memory?.maximum != CLOCK.maximum,
                        "a memory that may grow to exactly 12289 pages is nothing that wasgi can serve: choose another \
                         maximum"
                    );
                    self.memories += 1;
                }
            }
            Payload::GlobalSection(section) => self.globals += section.count(),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
