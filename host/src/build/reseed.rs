//! Takes the snapshot of a built component's application anew, so that its hash secret is nobody else's.

use super::boot::Guest;
use super::snapshot;
use super::{Options, WarmUp, component, runtime};
use crate::bundle;
use crate::console::Step;
use crate::engine::{BuildEngine, Compiled};
use crate::inspect::Anatomy;
use crate::metadata::Metadata;
use anyhow::{Context, Result, bail, ensure};

/// Imports the application again, from the file image in the component, and compiles what comes of it. That is of use
/// to this process alone.
///
/// # Errors
/// When the component is not of this very wasgi, or the import fails.
pub fn reseed(engine: &BuildEngine, bytes: &[u8]) -> Result<Compiled> {
    let Some(metadata) = Metadata::of(bytes) else {
        bail!("--reseed: only a component made by `wasgi build` holds what its snapshot was made of")
    };
    ensure!(
        metadata.bundle == bundle::fingerprint(),
        "--reseed takes the wasgi that built the component, {}, and this is another ({}): build the component again, or \
         serve it without --reseed",
        metadata.wasgi,
        env!("CARGO_PKG_VERSION")
    );
    let anatomy = Anatomy::of(bytes).context("the component is damaged: build it again")?;
    let image = anatomy.image(&metadata)?;
    let filesystem = anatomy.imports.iter().any(|import| import.starts_with("wasi:filesystem/"));
    let warm_up = WarmUp::As(metadata.application.warmth.clone());
    let options = Options { memory: metadata.memory.cap, filesystem, fixed: None, warm_up };
    let step = Step::begin("import the application again, for a hash secret of its own");
    let core_module = bundle::core_module()?;
    let snapshot = runtime()?.block_on(async {
        let guest = Guest::new(engine, &core_module)?;
        snapshot::take(&guest, &image, &options).await
    })?;
    step.done("");
    let step = Step::begin("compile");
    let compiled = engine.compile_once(&component::encode(&snapshot.core_module, filesystem)?)?;
    step.done("");
    Ok(compiled)
}
