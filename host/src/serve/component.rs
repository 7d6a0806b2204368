//! Prepares a file of `wasgi build` or `wasgi compile` for serving.

use super::options::ServeArgs;
use super::setup::Setup;
use crate::build::at_start;
use crate::build::compile::compile;
use crate::component::importable::Importable;
use crate::component::metadata::{self, Application, Metadata};
use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::engine::cwasm;
use crate::units::Size;
use crate::wasm::anatomy::Anatomy;
use anyhow::{Context, Result};
use std::path::Path;

/// Returns the description of what is served, and its machine code. The server keeps no intermediate, neither the
/// component nor the machine code known before.
pub fn prepare(args: &ServeArgs, setup: &mut Setup) -> Result<(String, Compiled)> {
    if cwasm::is_named_so(&args.component) {
        let (note, compiled) = cwasm::open(&args.component)?;
        let description = describe(&args.component, setup, note.application.zip(note.memory));
        if !args.import_at_start {
            return Ok((description, compiled));
        }
        let importable = note.importable.context(NOT_IMPORTABLE)?;
        let memory = compiled.snapshot()?.memory()?;
        let imported = at_start::import(importable, &BuildEngine::new()?, &memory, Some(&compiled), &setup.grants)?;
        return Ok((description, imported));
    }
    let bytes = metadata::read(&args.component)?;
    metadata::check(&args.component, &bytes)?;
    let told = Metadata::of(&bytes).map(|metadata| (metadata.application, metadata.memory.cap));
    let description = describe(&args.component, setup, told);
    let engine = BuildEngine::new()?;
    if !args.import_at_start {
        return Ok((description, compile(&engine, &bytes)?));
    }
    let importable = Importable::of(&bytes).context(NOT_IMPORTABLE)?;
    let memory = Anatomy::of(&bytes)?.guest()?.memory()?;
    Ok((description, at_start::import(importable, &engine, &memory, None, &setup.grants)?))
}

const NOT_IMPORTABLE: &str = "--import-at-start: only what `wasgi build` made holds what its snapshot was made of";

/// Describes what is served; the file's application and cap apply.
fn describe(path: &Path, setup: &mut Setup, told: Option<(Application, Size)>) -> String {
    let path = path.display();
    let Some((application, cap)) = told else { return path.to_string() };
    setup.limits.memory = setup.limits.memory.min(cap);
    format!("{path}: {}:{} ({})", application.module, application.attribute, application.kind)
}
