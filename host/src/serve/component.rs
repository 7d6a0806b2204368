//! Prepares a file of `wasgi build` or `wasgi compile` for serving.

use super::options::ServeArgs;
use super::route::Route;
use super::served::Served;
use super::setup::Setup;
use crate::build::at_start;
use crate::build::compile::compile;
use crate::component::importable::Importable;
use crate::component::metadata::{self, Application, Metadata};
use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::engine::cwasm;
use crate::grants::Grants;
use crate::units::Size;
use crate::wasm::anatomy::Anatomy;
use anyhow::{Context, Result};
use std::path::Path;

/// An application that can be served from now on.
pub struct Ready {
    pub setup: Setup,
    pub route: Route,
    pub description: String,
    pub compiled: Compiled,
}

impl Ready {
    /// Reads an application's files, and compiles it unless that was done before.
    ///
    /// # Errors
    /// When it cannot be served.
    pub fn of(served: &Served) -> Result<Self> {
        let mut setup = setup(served)?;
        let (description, compiled) = prepare(&served.args, &mut setup)?;
        Ok(Ready { setup, route: served.route.clone(), description, compiled })
    }
}

/// The settings of an application, with what its files and the environment grant now.
///
/// # Errors
/// When something that is named cannot be read.
pub fn setup(served: &Served) -> Result<Setup> {
    let Served { name, args, .. } = served;
    let grants = Grants::read(&args.host.grants, None)?;
    Ok(Setup { name: name.clone(), ..Setup::new(&args.host, grants)? })
}

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
