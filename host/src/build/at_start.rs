//! `--import-at-start`: imports the application of a built component again where it is served, with what the server
//! grants. Then the file holds no secret, and each server has its own hash secret.

use super::compile::compile_alone;
use super::notices;
use super::options::{Haste, Options, SnapshotArgs, WarmUp};
use super::pipeline;
use crate::build::boot::cap;
use crate::build::boot::guest::{Guest, Original};
use crate::build::boot::snapshot;
use crate::build::native;
use crate::bundle;
use crate::component::encode;
use crate::component::importable::Importable;
use crate::component::metadata::WarmUpOutcome;
use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::grants::Grants;
use crate::terminal::console::Step;
use anyhow::{Context, Result, ensure};

/// Imports the application of a component again, and returns machine code with the new snapshot, for this process
/// alone. `memory` is the old snapshot's; `known`, its machine code, is used again if only the snapshot differs.
///
/// # Errors
/// When this very wasgi did not build the component, or the import fails.
pub fn import(
    importable: Importable,
    engine: &BuildEngine,
    memory: &[u8],
    known: Option<&Compiled>,
    grants: &Grants,
) -> Result<Compiled> {
    ensure!(
        importable.bundle == bundle::fingerprint(),
        "--import-at-start takes the wasgi that built the component, {}, and this is another ({}): build the component \
         again, or serve it without --import-at-start",
        importable.wasgi,
        env!("CARGO_PKG_VERSION")
    );
    ensure!(
        importable.beyond.filesystem || !grants.has_directories(),
        "this component cannot see directories (--dir): build it with `wasgi build --filesystem`"
    );
    let image = memory.get(importable.image.start as usize..importable.image.end as usize);
    let image = image.context("the component is damaged: build it again")?;
    let options = Options {
        memory: importable.cap,
        beyond: importable.beyond,
        grants: grants.clone(),
        fixed: None,
        // The build's finding was made without these grants.
        warm_up: match importable.lesson.warmth {
            WarmUpOutcome::Warm | WarmUpOutcome::Cold(_) if !grants.is_empty() => WarmUp::Find,
            _ => WarmUp::As(importable.lesson),
        },
        at_least: Some(importable.at_rest),
        haste: Haste::None,
    };
    let step = Step::begin("import the application again");
    let core_module = native::core_module(&importable.joined)?;
    let snapshot = pipeline::runtime()?.block_on(async {
        let guest = Guest::new(engine, &core_module)?;
        let imported = snapshot::import_application(&guest, image, &options).await?;
        imported.snapshot(&Original::new(&core_module)?).await
    })?;
    step.done("");
    notices::show(&snapshot.application, &SnapshotArgs::default())?;
    let core_module = cap::set(&snapshot.core_module, importable.cap)?;
    compile_alone(engine, &encode::encode(&core_module, importable.beyond)?, known)
}
