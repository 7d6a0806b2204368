//! `wasgi build`: writes one component.

use super::fixed::Fixed;
use super::pack::Sources;
use super::snapshot::Snapshot;
use super::{Options, WarmUp, cap, component, registered, told};
use crate::bundle;
use crate::cache::{self, READABLE};
use crate::cli::BuildArgs;
use crate::console;
use crate::engine::BuildEngine;
use crate::metadata::{Identity, Memory, Metadata};
use crate::sbom::Bill;
use crate::serve::{self, Grants};
use crate::units::Size;
use anyhow::{Context, Result};
use std::collections::BTreeSet;

pub fn command(args: BuildArgs) -> Result<()> {
    let environment = serve::named("--build-env", &args.build_env)?;
    let (target, sources) = super::read(&args.app, args.refuse_reuse, &args.build_dir, &environment)?;
    let snapshot = take(&args, &sources)?;
    let description = super::describe(&target, &snapshot.application);
    let at_rest = snapshot.memory;
    let identity =
        Identity::of(args.name.as_deref(), args.app_version.as_deref(), &target.folder, &snapshot.application.module)?;
    let component = write(&args, &sources, &identity, snapshot)?;
    cache::write_whole(&args.output, &component, READABLE)
        .with_context(|| format!("cannot write {}: choose another --output", args.output.display()))?;
    console::line(&format!("wasgi: {description}"));
    say(&args, at_rest, &component);
    if !environment.is_empty() {
        let names: BTreeSet<_> = environment.iter().map(|(name, _)| &**name).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        console::line(&format!("wasgi: in the file, with their values, as --build-env says: {names}"));
    }
    Ok(())
}

/// Imports the application and tells what the snapshot freezes of that.
fn take(args: &BuildArgs, sources: &Sources) -> Result<Snapshot> {
    let fixed = args.reproducible.then(|| Fixed::from_inputs(&sources.fingerprint())).transpose()?;
    let warm_up = WarmUp::of(&args.app.snapshot);
    let grants = Grants::of_directories(&args.build_dir)?;
    let options = Options { memory: args.memory, filesystem: args.filesystem, grants, at_least: None, fixed, warm_up };
    let (engine, runtime) = (BuildEngine::new()?, super::runtime()?);
    let snapshot = runtime.block_on(super::build(&engine, sources, &options))?;
    told::show(&snapshot.application, &args.app.snapshot)?;
    if fixed.is_none() || told::draws(&snapshot.application, &args.app.snapshot).is_empty() {
        return Ok(snapshot);
    }
    // What it drew could be computed from its sources by anyone.
    console::line(
        "wasgi: not reproducible: the application draws from entropy at import (see above). It is imported again, \
         with fresh numbers; --allow-import-entropy says that what a module draws is no secret",
    );
    runtime.block_on(super::build(&engine, sources, &Options { fixed: None, ..options }))
}

/// The component with its cap and all that it says about itself.
fn write(args: &BuildArgs, sources: &Sources, identity: &Identity, snapshot: Snapshot) -> Result<Vec<u8>> {
    let component = component::encode(&cap::set(&snapshot.core_module, args.memory)?, args.filesystem)?;
    let Snapshot { application, census, memory, image, .. } = snapshot;
    let metadata = Metadata {
        wasgi: env!("CARGO_PKG_VERSION").to_owned(),
        bundle: bundle::fingerprint().to_owned(),
        application,
        packages: sources.distributions(),
        source: sources.fingerprint(),
        memory: Memory { cap: args.memory, at_rest: memory, image },
        census,
    };
    registered::write(component, identity, &Bill::of(&sources.packages(), args.filesystem)?, &metadata)
}

fn say(args: &BuildArgs, at_rest: Size, component: &[u8]) {
    console::line(&format!(
        "wasgi: wrote {} ({}; {at_rest} of memory at rest, {} at most). Serve it: wasgi serve {0}",
        args.output.display(),
        Size(component.len() as u64),
        args.memory
    ));
    if args.filesystem {
        console::line(
            "wasgi: it imports wasi:filesystem, which is beyond the world of wasi:http/proxy: wasgi serve, wasmtime serve \
             and jco serve run it; other hosts may refuse it (docs/guide/deploy.md)",
        );
    }
}
