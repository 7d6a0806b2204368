//! `wasgi build`.

use crate::build::boot::cap;
use crate::build::boot::determinism::Determinism;
use crate::build::boot::snapshot::Snapshot;
use crate::build::describe::describe;
use crate::build::notices;
use crate::build::options::{AppArgs, Haste, Options, WarmUp};
use crate::build::pipeline;
use crate::build::sources::inputs::{Behaviour, Sources};
use crate::build::sources::read::read;
use crate::bundle;
use crate::component::beyond::Beyond;
use crate::component::encode;
use crate::component::metadata::{Identity, Memory, Metadata};
use crate::component::registry;
use crate::component::sbom::Bill;
use crate::engine::compiler::BuildEngine;
use crate::grants::directory::Directory;
use crate::grants::{self, Grants};
use crate::store::cache::{self, READABLE};
use crate::terminal::console;
use crate::units::{self, Size};
use anyhow::{Context, Result};
use clap::Args;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Args)]
pub struct BuildArgs {
    #[command(flatten)]
    pub app: AppArgs,
    /// The component file to write
    #[arg(short, long, value_name = "FILE", default_value = "app.wasm")]
    pub output: PathBuf,
    /// The most linear memory of one sandbox, on any host, and of the import that it begins from.
    ///
    /// It is written into the component as its memory's maximum. A host may give less.
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = units::memory_cap)]
    pub memory: Size,
    /// Let requests use directories that their host grants (`wasgi serve --dir`, `wasmtime serve --dir`).
    ///
    /// The component then imports wasi:filesystem, which hosts of the plain wasi:http/proxy world do not have.
    #[arg(long)]
    pub filesystem: bool,
    /// Let requests open connections that their host grants (`wasgi serve --allow-net`).
    ///
    /// The component then imports wasi:sockets, which hosts of the plain wasi:http/proxy world do not have.
    #[arg(long)]
    pub network: bool,
    /// Environment variable for the import, and for requests unless their host grants another value; without `=VALUE`,
    /// this process's own value; may be given several times
    ///
    /// The value is in the file, where anyone can read it. For a secret, build with a placeholder and serve with
    /// --import-at-start.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub build_env: Vec<String>,
    /// Directory of this machine that import and warm-up see, as in `./data:/data:ro`; may be given several times
    ///
    /// Without `:ro` the import may write to it, and what it writes stays. Requests see it only if their host grants it
    /// (--filesystem).
    #[arg(long, value_name = "HOST:GUEST[:ro]")]
    pub build_dir: Vec<Directory>,
    /// Make the same file from the same inputs, wherever and whenever it is built.
    ///
    /// Python's hash secret then comes from the inputs, and anyone who has them can compute it. An application that
    /// draws from entropy at import still gets fresh numbers: the build says so, and its file differs from the next.
    /// Times of files, and clocks, are $SOURCE_DATE_EPOCH, or 1980-01-01.
    #[arg(long)]
    pub reproducible: bool,
    /// Let an instance answer one request and refuse all further ones with 503.
    ///
    /// Some hosts serve several requests with one instance, and a request then finds what earlier ones left in memory.
    /// Without this option the application is called all the same, and wsgi.run_once is False.
    #[arg(long)]
    pub refuse_reuse: bool,
    /// Name of the application in the component's metadata.
    ///
    /// Default: what pyproject.toml in its folder says (`project.name`), else its module.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Version of the application in the component's metadata.
    ///
    /// Default: what pyproject.toml in its folder says (`project.version`), else 0.
    #[arg(long, value_name = "VERSION")]
    pub app_version: Option<String>,
}

impl BuildArgs {
    fn beyond(&self) -> Beyond {
        Beyond { filesystem: self.filesystem, network: self.network }
    }
}

/// Builds the component and writes it.
///
/// # Errors
/// When the application cannot be imported, or the file not written.
pub fn command(args: BuildArgs) -> Result<()> {
    let environment = grants::named("--build-env", &args.build_env)?;
    let behaviour =
        Behaviour { refuse_reuse: args.refuse_reuse, environment: &environment, ..Behaviour::of(&args.app) };
    let (target, sources) = read(&args.app, &args.build_dir, &behaviour)?;
    let snapshot = take(&args, &sources)?;
    let description = describe(&target, &snapshot.application);
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

/// Imports the application and shows what the snapshot freezes of it.
fn take(args: &BuildArgs, sources: &Sources) -> Result<Snapshot> {
    let fixed = args.reproducible.then(|| Determinism::from_inputs(&sources.fingerprint())).transpose()?;
    let warm_up = WarmUp::of(&args.app.snapshot);
    let grants = Grants::of_directories(&args.build_dir)?;
    let (beyond, haste) = (args.beyond(), Haste::None);
    let options = Options { memory: args.memory, beyond, grants, at_least: None, fixed, warm_up, haste };
    let (engine, runtime) = (BuildEngine::new()?, pipeline::runtime()?);
    let snapshot = runtime.block_on(pipeline::run(&engine, sources, &options))?;
    notices::show(&snapshot.application, &args.app.snapshot)?;
    if fixed.is_none() || notices::draws(&snapshot.application, &args.app.snapshot).is_empty() {
        return Ok(snapshot);
    }
    // Its sources would determine its draws, so they would be no secret.
    console::line(
        "wasgi: not reproducible: the application draws from entropy at import (see above). It is imported again, \
         with fresh numbers; --allow-import-entropy says that what a module draws is no secret",
    );
    runtime.block_on(pipeline::run(&engine, sources, &Options { fixed: None, ..options }))
}

/// The component with its cap and all metadata.
fn write(args: &BuildArgs, sources: &Sources, identity: &Identity, snapshot: Snapshot) -> Result<Vec<u8>> {
    let component = encode::encode(&cap::set(&snapshot.core_module, args.memory)?, args.beyond())?;
    let Snapshot { application, census, memory, image, .. } = snapshot;
    let metadata = Metadata {
        wasgi: env!("CARGO_PKG_VERSION").to_owned(),
        bundle: bundle::fingerprint().to_owned(),
        application,
        packages: sources.distributions(),
        joined: sources.joined.clone(),
        source: sources.fingerprint(),
        memory: Memory { cap: args.memory, at_rest: memory, image },
        census,
    };
    registry::write(component, identity, &Bill::of(&sources.packages(), &sources.joined, args.filesystem)?, &metadata)
}

fn say(args: &BuildArgs, at_rest: Size, component: &[u8]) {
    console::line(&format!(
        "wasgi: wrote {} ({}; {at_rest} of memory at rest, {} at most). Serve it: wasgi serve {0}",
        args.output.display(),
        Size(component.len() as u64),
        args.memory
    ));
    args.beyond().lines().for_each(|line| console::line(&format!("wasgi: {line}")));
}
