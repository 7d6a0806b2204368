//! A build from its sources to its snapshot, step by step.

use super::notices;
use super::options::Options;
use crate::build::boot::bytecode;
use crate::build::boot::guest::{Guest, Original};
use crate::build::boot::snapshot::{self, Imported, Snapshot};
use crate::build::native;
use crate::build::sources::findings;
use crate::build::sources::inputs::Sources;
use crate::engine::compiler::BuildEngine;
use crate::terminal::console::Step;
use crate::units::Size;
use anyhow::Result;

/// The runtime that boots guests.
///
/// # Errors
/// When the system denies the resources for it.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Packs, boots and imports the application, and takes the snapshot.
///
/// # Errors
/// When its import fails.
pub async fn run(engine: &BuildEngine, sources: &Sources, options: &Options) -> Result<Snapshot> {
    let core_module = native::core_module(&sources.joined)?;
    let step = Step::begin("prepare the interpreter");
    let guest = Guest::new(engine, &core_module)?;
    step.done("");
    let image = image(&guest, sources, options).await?;
    let step = Step::begin("import the application and take the snapshot");
    let imported = import(&guest, &image, sources, options).await?;
    let mut snapshot = imported.snapshot(&Original::new(&core_module)?).await?;
    notices::quote(&mut snapshot.application, sources);
    step.done(&format!("{} of memory at rest", snapshot.memory));
    Ok(snapshot)
}

/// Compiles and packs Python files.
///
/// # Errors
/// When the image would be larger than a guest can hold.
pub async fn image(guest: &Guest, sources: &Sources, options: &Options) -> Result<Vec<u8>> {
    let step = Step::begin("compile and pack Python files");
    let bytecode = bytecode::compile(guest, &sources.python_files(), sources.docstrings, options.haste).await?;
    let image = sources.image(&bytecode, options.fixed)?;
    step.done(&Size(image.len() as u64).to_string());
    Ok(image)
}

/// Boots and imports the application of an image.
///
/// # Errors
/// When its import fails.
pub async fn import(guest: &Guest, image: &[u8], sources: &Sources, options: &Options) -> Result<Imported> {
    let imported = snapshot::import_application(guest, image, options).await;
    imported.map_err(|error| findings::explain(error, &sources.excluded))
}
