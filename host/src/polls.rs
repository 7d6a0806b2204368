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

mod bulk;
mod calls;
mod circles;
mod graph;
mod links;
mod stretches;
mod way;
mod writing;

use crate::guest_code::REALLOC;
use crate::serve::TABLE_ELEMENTS;
use crate::units::WASM_PAGE;
use anyhow::{Result, ensure};
use calls::Calls;
use circles::Cut;
use graph::Graph;
use links::{Links, Origin};
use stretches::Stretches;
use wasm_encoder::Module;
use wasm_encoder::reencode::utils;
use wasmparser::{BinaryReader, CodeSectionReader, MemoryType, Parser, Payload, TypeRef};
use writing::Polled;

/// How much of what there may be. A unit of work is an instruction, or a byte or an entry of a table that an instruction
/// copies or fills.
#[derive(Clone, Copy)]
struct Bounds {
    /// Units from one look at the clock to the next.
    stretch: u64,
    /// Instructions that a call comes to before something looks: a look at the beginning of a function is cheaper than one
    /// in the middle of it.
    call: u64,
    /// Units after which a function that looks before it returns need not look again.
    little: u64,
    /// Bytes that are copied or filled at once, without another call.
    at_once: u64,
    /// Bytes that are copied or filled from one look to the next.
    piece: u64,
    /// Entries of a table.
    table: u64,
    /// Units that a call of the host is counted for: what it takes itself, whatever it is asked to do.
    host: u64,
}

/// A stretch is about a millisecond.
const BOUNDS: Bounds = Bounds {
    stretch: 1_000_000,
    call: 100_000,
    little: 1000,
    at_once: 4 << 10,
    piece: 64 << 10,
    table: TABLE_ELEMENTS as u64,
    host: 1000,
};

/// A memory that no guest has otherwise: nobody else would choose that maximum, and who does is refused. Its first four
/// bytes are the number.
const CLOCK: wasm_encoder::MemoryType =
    wasm_encoder::MemoryType { minimum: 1, maximum: Some(12_289), memory64: true, shared: false, page_size_log2: None };

/// Whether a memory is the clock.
pub fn is_clock(memory: &wasmtime::MemoryType) -> bool {
    memory.is_64() && memory.maximum() == CLOCK.maximum
}

/// Whether a memory of that maximum, in bytes, is the clock.
pub fn is_maximum_of_clock(maximum: Option<usize>) -> bool {
    maximum.map(|maximum| maximum as u64) == CLOCK.maximum.map(|pages| pages * WASM_PAGE)
}

/// Gives the core modules of a component with looks at the clock in their code, in their order. The code of one may be
/// known to be `ours` ([`crate::guest_code`]): how deep its calls are is limited by the interpreter, so it need not look on
/// its way back, nor copy and fill memory in pieces.
///
/// # Errors
/// When they are no core modules, or have a memory that would be taken for the clock.
pub fn insert(component: &[u8], modules: &[Vec<u8>], ours: Option<usize>) -> Result<Vec<Vec<u8>>> {
    insert_within(BOUNDS, &Links::of(component)?, modules, ours)
}

fn insert_within(bounds: Bounds, links: &Links, modules: &[Vec<u8>], ours: Option<usize>) -> Result<Vec<Vec<u8>>> {
    let (mut counts, mut calls) = (vec![], vec![]);
    for module in modules {
        let (mut module_counts, mut module_calls) = (Counts::default(), Calls::new(bounds));
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            module_counts.look_at(&payload)?;
            module_calls.look_at(&payload)?;
        }
        counts.push(module_counts);
        calls.push(module_calls);
    }
    let ours = ours.filter(|ours| is_called_by_none(*ours, &calls, links));
    if let Some(ours) = ours {
        calls[ours].do_at_once();
    }
    let graph = Graph::new(&calls, links);
    let calling = Cut::new(&graph, graph.nodes.iter().map(|node| node.looks).collect(), bounds.call);
    let between = Stretches::new(bounds, &graph, &calls, &calling, ours.map(|ours| graph.of_module(ours))).looks()?;
    let polled = modules.iter().zip(0..).map(|(bytes, module)| {
        let functions = graph.of_module(module);
        let (looks, between) = (&calling.at[functions.clone()], &between[functions]);
        write(bytes, Polled::new(&counts[module], &calls[module], looks, between))
    });
    polled.collect()
}

/// Whether no other module calls what a module exports, but for memory: then its code is in no circle with theirs.
fn is_called_by_none(module: usize, calls: &[Calls], links: &Links) -> bool {
    let mut others = calls.iter().enumerate().filter(|(number, _)| *number != module);
    let is_called = |origin: Origin| matches!(origin, Origin::Module(of, name) if of == module && name != REALLOC);
    links.is_known
        && !others.any(|(number, other)| {
            other.imported.iter().any(|(from, name)| links.import(number, from, name).any(is_called))
        })
}

/// Gives the module anew where there is anything to add to it.
fn write(module: &[u8], mut polled: Polled) -> Result<Vec<u8>> {
    for payload in Parser::new(0).parse_all(module).filter(|_| polled.adds_any()) {
        if let Payload::CodeSectionStart { range, .. } = payload? {
            polled.translate(CodeSectionReader::new(BinaryReader::new(&module[range.clone()], range.start))?)?;
            let mut written = Module::new();
            utils::parse_core_module(&mut polled, &mut written, Parser::new(0), module)?;
            return Ok(written.finish());
        }
    }
    Ok(module.to_vec())
}

/// How many there are of what has an index.
#[derive(Default)]
struct Counts {
    /// Of each type: how many parameters it has, if it is one of functions.
    types: Vec<usize>,
    imported_functions: u32,
    /// Of each function with a body: its type.
    functions: Vec<u32>,
    memories: Vec<MemoryType>,
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
                        memory.maximum != CLOCK.maximum,
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

#[cfg(test)]
mod counted;
#[cfg(test)]
mod linked;
#[cfg(test)]
mod metered;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
