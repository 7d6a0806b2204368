//! Imports the application of a built component again where it is served, with what the server grants: then no secret is
//! in the file, and the hash secret is nobody else's.

use super::boot::Guest;
use super::snapshot;
use super::{Options, WarmUp, component, runtime, told};
use crate::bundle;
use crate::cli::SnapshotArgs;
use crate::compiled::Compiled;
use crate::console::Step;
use crate::engine::BuildEngine;
use crate::inspect::Anatomy;
use crate::metadata::{Metadata, Warmth};
use crate::serve::Grants;
use crate::units::Size;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What it takes to import the application of a component again, beside its files.
#[derive(Deserialize, Serialize)]
pub struct Importable {
    /// The version of wasgi that built it, and the fingerprint of the guest in that.
    wasgi: String,
    bundle: String,
    /// Where the file image lies in memory.
    image: Range<u32>,
    cap: Size,
    at_rest: Size,
    warmth: Warmth,
    filesystem: bool,
}

impl Importable {
    /// Of a component; none where wasgi did not build it.
    pub fn of(component: &[u8]) -> Option<Self> {
        let metadata = Metadata::of(component)?;
        let anatomy = Anatomy::of(component).ok()?;
        Some(Importable {
            wasgi: metadata.wasgi,
            bundle: metadata.bundle,
            image: metadata.memory.image,
            cap: metadata.memory.cap,
            at_rest: metadata.memory.at_rest,
            warmth: metadata.application.warmth,
            filesystem: anatomy.imports.iter().any(|import| import.starts_with("wasi:filesystem/")),
        })
    }

    /// Imports it, and gives machine code with the new snapshot, for this process alone. `memory` is that of the old
    /// one; `known`, its machine code, serves again where nothing but the snapshot differs.
    ///
    /// # Errors
    /// When it is not of this very wasgi, or the import fails.
    pub fn import(
        self,
        engine: &BuildEngine,
        memory: &[u8],
        known: Option<&Compiled>,
        grants: &Grants,
    ) -> Result<Compiled> {
        ensure!(
            self.bundle == bundle::fingerprint(),
            "--import-at-start takes the wasgi that built the component, {}, and this is another ({}): build the component \
             again, or serve it without --import-at-start",
            self.wasgi,
            env!("CARGO_PKG_VERSION")
        );
        ensure!(
            self.filesystem || !grants.has_directories(),
            "this component cannot see directories (--dir): build it with `wasgi build --filesystem`"
        );
        let image = memory.get(self.image.start as usize..self.image.end as usize);
        let image = image.context("the component is damaged: build it again")?;
        let options = Options {
            memory: self.cap,
            filesystem: self.filesystem,
            grants: grants.clone(),
            fixed: None,
            // What the build has found was found without what is granted here.
            warm_up: match self.warmth {
                Warmth::Warm | Warmth::Cold(_) if !grants.is_empty() => WarmUp::Find,
                warmth => WarmUp::As(warmth),
            },
            at_least: Some(self.at_rest),
        };
        let step = Step::begin("import the application again");
        let core_module = bundle::core_module()?;
        let snapshot = runtime()?.block_on(async {
            let guest = Guest::new(engine, &core_module)?;
            snapshot::take(&guest, image, &options).await
        })?;
        step.done("");
        told::show(&snapshot.application, &SnapshotArgs::default())?;
        let core_module = super::cap::set(&snapshot.core_module, self.cap)?;
        super::compile_like(engine, &component::encode(&core_module, self.filesystem)?, known)
    }
}
