//! Everything that `wasgi inspect` reports on a component.

use super::files::{self, Part};
use super::pages::{self, Region};
use crate::build::native::{self, Compiled};
use crate::component::metadata::{Application, Metadata, Start};
use crate::units::{Size, WASM_PAGE};
use crate::wasm::anatomy::{Anatomy, CoreModule};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// A component, as far as its metadata goes.
#[derive(Serialize)]
pub struct Inspection {
    pub size: Size,
    /// Only for a component made by `wasgi build`.
    #[serde(flatten)]
    pub snapshot: Option<Snapshot>,
    /// Those of all core modules, in order.
    pub memories: Vec<Limits>,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

#[derive(Serialize)]
pub struct Snapshot {
    pub wasgi: String,
    pub python: String,
    pub application: Application,
    pub packages: Vec<String>,
    /// Software whose native code is joined to the guest, with its licence.
    pub native: Vec<String>,
    /// Linear memory by owner.
    pub pages: Vec<Region>,
    pub files: Vec<Part>,
    pub frozen_objects: u64,
    pub modules: BTreeMap<String, Vec<String>>,
    pub start: Start,
}

/// A linear memory, in bytes.
#[derive(Clone, Copy, Serialize)]
pub struct Limits {
    pub at_rest: Size,
    pub cap: Option<Size>,
}

impl Inspection {
    pub fn of(component: &[u8]) -> Result<Self> {
        let anatomy = Anatomy::of(component)?;
        let snapshot = Metadata::of(component).map(|metadata| Snapshot::of(metadata, &anatomy)).transpose()?;
        let memories = anatomy.modules.iter().flat_map(|module| &module.memories);
        let memories = memories.map(|memory| Limits {
            at_rest: Size(memory.initial.saturating_mul(WASM_PAGE)),
            cap: memory.maximum.map(|pages| Size(pages.saturating_mul(WASM_PAGE))),
        });
        let size = Size(component.len() as u64);
        Ok(Inspection {
            size,
            snapshot,
            memories: memories.collect(),
            imports: anatomy.imports,
            exports: anatomy.exports,
        })
    }
}

impl Snapshot {
    fn of(metadata: Metadata, anatomy: &Anatomy) -> Result<Self> {
        let files = files::parts(&anatomy.image(&metadata.memory.image)?)?;
        let module = anatomy.guest()?;
        Ok(Snapshot {
            pages: pages::regions(&module.memory()?, &module_marks(module), &metadata),
            files,
            wasgi: metadata.wasgi,
            application: metadata.application,
            packages: metadata.packages,
            native: native::parts(&metadata.joined).map(Compiled::to_string).collect(),
            python: metadata.census.python,
            frozen_objects: metadata.census.frozen_objects,
            modules: metadata.census.modules,
            start: metadata.census.start,
        })
    }
}

/// Exported by the guest's linker (`guest/build.py`).
fn module_marks(module: &CoreModule) -> pages::Marks {
    let mark = |name| module.constants.get(name).copied().unwrap_or_default();
    pages::Marks { stack_end: mark("__stack_high"), heap_base: mark("__heap_base") }
}
