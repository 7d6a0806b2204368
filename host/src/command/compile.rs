//! `wasgi compile`.

use crate::component::importable::Importable;
use crate::component::metadata::{self, Metadata};
use crate::engine::compiler::{BuildEngine, MachineCode};
use crate::engine::cwasm::{EXTENSION, Note, is_named_so};
use crate::store::cache::{self, READABLE};
use crate::terminal::console::{self, Step};
use crate::units::Size;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct CompileArgs {
    /// The component to compile
    #[arg(value_name = "COMPONENT")]
    pub component: PathBuf,
    /// The file to write; its name ends in .cwasm. Default: beside the component
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Compiles a component and writes the machine code.
///
/// # Errors
/// When there is no such component, or the file cannot be written.
pub fn command(args: CompileArgs) -> Result<()> {
    let to = args.output.unwrap_or(args.component.with_extension(EXTENSION));
    ensure!(is_named_so(&to), "{}: a file of machine code is called .{EXTENSION}, and only then served", to.display());
    let bytes = metadata::read(&args.component)?;
    metadata::check(&args.component, &bytes)?;
    let step = Step::begin("compile");
    let MachineCode { mut code, like, .. } = BuildEngine::new()?.machine_code(&bytes, None)?;
    step.done("");
    Note::here(Metadata::of(&bytes), Importable::of(&bytes), Some(like))?.append(&mut code)?;
    cache::write_whole(&to, &code, READABLE)
        .with_context(|| format!("cannot write {}: choose another --output", to.display()))?;
    let size = Size(code.len() as u64);
    console::line(&format!(
        "wasgi: wrote {} ({size} of machine code for this wasgi and this machine). Serve it: wasgi serve {0}",
        to.display()
    ));
    Ok(())
}
