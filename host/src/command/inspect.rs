//! `wasgi inspect`: what is in a component, without running it.

use crate::component::metadata::{self, Metadata, section};
use crate::component::sbom;
use crate::inspect::files;
use crate::inspect::inspection::Inspection;
use crate::inspect::text;
use crate::wasm::anatomy::Anatomy;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;
use wasmparser::Parser;
use wit_component::WitPrinter;

#[derive(Args)]
pub struct InspectArgs {
    /// The component to look at
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// List the modules that are loaded before the first request
    #[arg(long)]
    modules: bool,
    /// List the files of the image by size, with totals of folders
    #[arg(long, conflicts_with = "modules")]
    files: bool,
    /// Everything, as JSON
    #[arg(long, conflicts_with_all = ["modules", "files"])]
    json: bool,
    /// The bill of materials: what software is inside, with versions and licences, as CycloneDX 1.6 in JSON
    #[arg(long, conflicts_with_all = ["modules", "files", "json"])]
    sbom: bool,
    /// What it imports and exports, as text in WIT
    #[arg(long, conflicts_with_all = ["modules", "files", "json", "sbom"])]
    wit: bool,
}

pub fn command(args: InspectArgs) -> Result<()> {
    let path = args.component.display();
    let bytes = metadata::read(&args.component)?;
    if Parser::is_core_wasm(&bytes) {
        bail!("{path} is a WebAssembly core module, not a component: `wasgi build` makes components");
    }
    metadata::check(&args.component, &bytes)?;
    if args.sbom {
        return show(&bill(&bytes).with_context(|| format!("{path} has none: `wasgi build` writes one"))?);
    }
    if args.wit {
        return show(&wit(&bytes).with_context(|| format!("{path} is damaged: build it again"))?);
    }
    if args.files {
        let metadata = Metadata::of(&bytes);
        let metadata = metadata.with_context(|| format!("{path} has no file image: `wasgi build` writes one"))?;
        return show(&listed(&bytes, &metadata).with_context(|| format!("{path} is damaged: build it again"))?);
    }
    let inspection = Inspection::of(&bytes).with_context(|| format!("{path} is damaged: build it again"))?;
    show(&match args.json {
        true => serde_json::to_string_pretty(&inspection)? + "\n",
        false => text::render(&path.to_string(), &inspection, args.modules),
    })
}

/// The bill of materials, indented for people.
fn bill(component: &[u8]) -> Result<String> {
    let bill = section(component, sbom::SECTION).context("no bill of materials")?;
    let bill: serde_json::Value = serde_json::from_slice(bill)?;
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

/// The files of its image.
fn listed(component: &[u8], metadata: &Metadata) -> Result<String> {
    let (folders, files) = files::list(&Anatomy::of(component)?.image(&metadata.memory.image)?)?;
    Ok(text::listing(&folders, &files))
}

/// The component's world and the packages that it refers to, as `wasm-tools component wit` prints them.
fn wit(component: &[u8]) -> Result<String> {
    let decoded = wit_component::decode(component)?;
    let world = decoded.package();
    let others: Vec<_> = decoded.resolve().packages.iter().map(|(id, _)| id).filter(|id| *id != world).collect();
    let mut printer = WitPrinter::default();
    printer.print(decoded.resolve(), world, &others)?;
    Ok(printer.output.to_string())
}

fn show(text: &str) -> Result<()> {
    match stdout().write_all(text.as_bytes()) {
        // For example `head`, which has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
