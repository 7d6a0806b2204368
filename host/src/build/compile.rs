//! From a component to machine code.

use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::terminal::console::Step;
use anyhow::Result;

/// Compiles a component to machine code in the cache, or finds it there.
pub fn compile(engine: &BuildEngine, component: &[u8]) -> Result<Compiled> {
    let step = Step::begin("compile");
    let compiled = engine.compile(component)?;
    step.done("");
    Ok(compiled)
}

/// Compiles a component for this process alone: the cache gets no snapshot.
pub fn compile_alone(engine: &BuildEngine, component: &[u8], known: Option<&Compiled>) -> Result<Compiled> {
    let step = Step::begin("compile");
    let (compiled, is_new) = engine.compile_like(component, known)?;
    step.done(if is_new { "" } else { "nothing but the snapshot is new" });
    Ok(compiled)
}
