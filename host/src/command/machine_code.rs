//! `wasgi machine-code`, for making releases.

use crate::build::boot::guest::Guest;
use crate::build::options::{AppArgs, Haste, Options, WarmUp};
use crate::build::pipeline;
use crate::build::sources::inputs::Behaviour;
use crate::build::sources::read::read;
use crate::bundle;
use crate::component::beyond::Beyond;
use crate::component::encode;
use crate::component::metadata::Lesson;
use crate::engine::compiler::BuildEngine;
use crate::engine::embedded;
use crate::engine::settings;
use crate::grants::Grants;
use crate::store::cache::{self, READABLE};
use crate::terminal::console::{self, Step};
use crate::units::Size;
use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct MachineCodeArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// The file to write; `build.rs` takes it where WASGI_MACHINE_CODE names it
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// The snapshot is discarded; it only has to be taken.
const MEMORY: Size = Size(1 << 30);

/// Boots any application: the result does not depend on it.
pub fn command(args: MachineCodeArgs) -> Result<()> {
    let (_, sources) = read(&args.app, &[], &Behaviour::of(&args.app))?;
    let engine = BuildEngine::new()?;
    let options = Options {
        memory: MEMORY,
        beyond: Beyond::default(),
        grants: Grants::default(),
        at_least: None,
        fixed: None,
        warm_up: WarmUp::As(Lesson::default()),
        haste: Haste::None,
    };
    let snapshot = pipeline::runtime()?.block_on(pipeline::run(&engine, &sources, &options))?;
    let core_module = bundle::core_module()?;
    let kind = (embedded::KIND.to_owned(), settings::code_fingerprint()?.into_bytes());
    let mut entries = vec![kind, Guest::machine_code(&engine, &core_module)?];
    let step = Step::begin("compile");
    for beyond in Beyond::all() {
        entries.push(engine.common_machine_code(&encode::encode(&snapshot.core_module, beyond)?)?);
    }
    step.done("");
    let step = Step::begin("pack the machine code");
    let packed = embedded::packed(&entries)?;
    step.done(&Size(packed.len() as u64).to_string());
    cache::write_whole(&args.output, &packed, READABLE)
        .with_context(|| format!("cannot write {}: choose another --output", args.output.display()))?;
    console::line(&format!(
        "wasgi: wrote {0}. Build wasgi with it: WASGI_MACHINE_CODE={0} cargo build",
        args.output.display()
    ));
    Ok(())
}
