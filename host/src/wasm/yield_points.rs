//! Inserts the yield points at which a guest checks the epoch, so that it yields to others and ends at its deadline.
//!
//! wasmtime can do that, too: with `epoch_interruption` it checks at the beginning of each function and at each loop
//! back-edge, which took a seventh of a template's time. Most of these checks are needless, but wasmtime cannot leave
//! them out. This pass checks at every loop back-edge, and at the beginning of at least one function of every
//! call-graph cycle. The work between two checks is bounded ([`bounds`]).
//!
//! The epoch is a number in a memory of the host ([`epoch`]). When a check finds that it has changed, the guest calls
//! `memory.grow` on that memory. The host always refuses, but may first let others run.

mod bounds;
mod bulk;
mod call_graph;
mod called;
mod calls;
mod counts;
mod cycles;
pub mod epoch;
mod links;
mod passed;
mod path;
mod rewrite;
mod stretches;

use super::reencode;
use anyhow::Result;
use bounds::{BOUNDS, Bounds};
use call_graph::Graph;
use calls::Calls;
use counts::Counts;
use cycles::Cut;
use links::{Links, Origin};
use rewrite::Instrumented;
use stretches::Stretches;
use wasmparser::{BinaryReader, CodeSectionReader, Parser, Payload};

/// The function that adapters and the host call for memory. The interpreter's calls no other module back.
const REALLOC: &str = "cabi_realloc";

/// Returns the core modules of a component with checks in their code, in their order. The code of one may be known to
/// be `ours` (`crate::engine::guest_code`): the interpreter limits its call depth, so it need not check on the way
/// back, nor copy and fill memory in pieces.
///
/// # Errors
/// When they are no core modules, or have a memory that would be taken for the epoch's.
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
    let calling = Cut::new(&graph, graph.nodes.iter().map(|node| node.checks).collect(), bounds.call);
    let between = Stretches::new(bounds, &graph, &calls, &calling, ours.map(|ours| graph.of_module(ours))).checks()?;
    let instrumented = modules.iter().zip(0..).map(|(bytes, module)| {
        let functions = graph.of_module(module);
        let (checks, between) = (&calling.at[functions.clone()], &between[functions]);
        write(bytes, Instrumented::new(&counts[module], &calls[module], checks, between))
    });
    instrumented.collect()
}

/// Whether no other module calls this module's exports, except for memory: then its code is in no cycle with theirs.
fn is_called_by_none(module: usize, calls: &[Calls], links: &Links) -> bool {
    let mut others = calls.iter().enumerate().filter(|(number, _)| *number != module);
    let is_called = |origin: Origin| matches!(origin, Origin::Module(of, name) if of == module && name != REALLOC);
    links.is_known
        && !others.any(|(number, other)| {
            other.imported.iter().any(|(from, name)| links.import(number, from, name).any(is_called))
        })
}

/// Returns the module, rewritten if there is anything to add.
fn write(module: &[u8], mut instrumented: Instrumented) -> Result<Vec<u8>> {
    for payload in Parser::new(0).parse_all(module).filter(|_| instrumented.adds_any()) {
        if let Payload::CodeSectionStart { range, .. } = payload? {
            instrumented.translate(CodeSectionReader::new(BinaryReader::new(&module[range.clone()], range.start))?)?;
            return reencode::module(module, &mut instrumented);
        }
    }
    Ok(module.to_vec())
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
