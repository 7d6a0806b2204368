//! From an application to a component: pack, boot and import, snapshot, encode, compile.

pub mod answered;
mod at_start;
mod boot;
mod bytecode;
mod cap;
pub mod carry;
mod command;
mod component;
mod editable;
mod exclusions;
mod findings;
mod fixed;
mod folder;
mod identity;
mod installed;
mod pack;
mod packages;
mod packing;
mod placement;
mod registered;
mod rehearsal;
mod selection;
mod sieve;
mod snapshot;
mod told;
mod trial;

pub use at_start::Importable;
pub use command::command;
pub use selection::SelectionArgs;

use crate::app::Target;
use crate::bundle;
use crate::cache::{self, Cache};
use crate::cli::{AppArgs, SnapshotArgs};
use crate::compiled::Compiled;
use crate::console::{self, Step};
use crate::engine::{self, BuildEngine};
use crate::metadata::{Application, Warmth};
use crate::serve::{Directory, Grants};
use crate::units::Size;
use anyhow::Result;
use boot::Guest;
use exclusions::Exclusions;
use fixed::Fixed;
use pack::{Behaviour, Sources};
use serde::{Deserialize, Serialize};
use snapshot::Snapshot;
use std::path::PathBuf;
use std::sync::Arc;

/// What a build is asked for, beside the application.
#[derive(Clone)]
pub struct Options {
    pub memory: Size,
    /// Requests may use directories that their host grants.
    pub filesystem: bool,
    /// What import and warm-up see of this machine.
    pub grants: Grants,
    /// The snapshot is to have so much memory, if it does with that.
    pub at_least: Option<Size>,
    /// The same inputs are to make the same bytes.
    pub fixed: Option<Fixed>,
    pub warm_up: WarmUp,
}

/// Whether to warm up an application of which nobody has said how.
#[derive(Clone)]
pub enum WarmUp {
    /// If nothing speaks against it.
    Find,
    /// As was found before.
    As(Warmth),
}

impl WarmUp {
    /// As the command line has it.
    pub fn of(args: &SnapshotArgs) -> Self {
        args.paths().map_or(WarmUp::Find, |_| WarmUp::As(Warmth::Told))
    }
}

/// An application ready to be served.
pub struct Ready {
    pub compiled: Compiled,
    pub description: String,
}

/// What is remembered of a build, under the fingerprint of its sources.
#[derive(Deserialize, Serialize)]
struct Built {
    application: Application,
    compiled: String,
}

/// Builds the application in memory for `wasgi run`; an unchanged one comes from the cache.
pub fn in_memory(app: &AppArgs, options: Options) -> Result<Ready> {
    let (target, sources) = read(app, false, options.grants.directories(), &[])?;
    let code = engine::code_fingerprint()?;
    let grants = options.grants.fingerprint();
    let inputs = sources.fingerprint();
    let parts = [inputs.as_bytes(), &[options.filesystem.into()], code.as_bytes(), grants.as_bytes()];
    let key = cache::fingerprint(parts);
    let cache = Cache::open("builds")?;
    if let Some(built) = cache.read(&key).and_then(|bytes| serde_json::from_slice::<Built>(&bytes).ok())
        && let Some(compiled) = Compiled::named(&built.compiled)?
    {
        console::line("wasgi: unchanged since the last build: the snapshot comes from the cache");
        told::show(&built.application, &app.snapshot)?;
        return Ok(Ready { compiled, description: describe(&target, &built.application) });
    }
    let engine = BuildEngine::new()?;
    let snapshot = runtime()?.block_on(build(&engine, &sources, &options))?;
    told::show(&snapshot.application, &app.snapshot)?;
    // Without a maximum of its own: this host holds every request to --memory, and what is in the cache serves all.
    let component = component::encode(&snapshot.core_module, options.filesystem)?;
    let description = describe(&target, &snapshot.application);
    if snapshot.directories.used {
        // Who knows what is there the next time.
        let compiled = compile_like(&engine, &component, None)?;
        return Ok(Ready { compiled, description });
    }
    let compiled = compile(&engine, &component)?;
    let built = Built { application: snapshot.application, compiled: compiled.name().to_owned() };
    cache.write(&key, &serde_json::to_vec(&built)?)?;
    Ok(Ready { compiled, description })
}

/// Tells whether files of an application have changed.
pub struct Changes {
    exclusions: Arc<Exclusions>,
    /// What decides beside the application's folder; they may come and go.
    files: Vec<PathBuf>,
    stamp: u64,
}

impl Changes {
    /// From now on, but for what is in `granted` directories.
    ///
    /// # Errors
    /// When the command line names no application, or a pattern that is none.
    pub fn of(app: &AppArgs, granted: &[Directory], files: Vec<PathBuf>) -> Result<Self> {
        let exclusions = exclusions(app, &Target::parse(&app.app)?, granted)?;
        let mut changes = Changes { exclusions, files, stamp: 0 };
        changes.seen();
        Ok(changes)
    }

    /// Whether something changed since the last look.
    pub fn seen(&mut self) -> bool {
        let stamp = folder::stamp(&self.exclusions, &self.files);
        std::mem::replace(&mut self.stamp, stamp) != stamp
    }
}

/// The folder of an application.
///
/// # Errors
/// When the command line names none.
pub fn folder_of(app: &AppArgs) -> Result<PathBuf> {
    Ok(Target::parse(&app.app)?.folder)
}

/// Compiles a component to machine code in the cache, or finds it there.
pub fn compile(engine: &BuildEngine, component: &[u8]) -> Result<Compiled> {
    let step = Step::begin("compile");
    let compiled = engine.compile(component)?;
    step.done("");
    Ok(compiled)
}

/// Compiles a component whose snapshot nobody will ask for again.
fn compile_like(engine: &BuildEngine, component: &[u8], known: Option<&Compiled>) -> Result<Compiled> {
    let step = Step::begin("compile");
    let (compiled, is_new) = engine.compile_like(component, known)?;
    step.done(if is_new { "" } else { "nothing but the snapshot is new" });
    Ok(compiled)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn exclusions(app: &AppArgs, target: &Target, granted: &[Directory]) -> Result<Arc<Exclusions>> {
    let granted: Vec<_> = granted.iter().map(|directory| directory.host().to_owned()).collect();
    Exclusions::of_application(&target.folder, &app.selection.include, &granted)
}

fn read(
    app: &AppArgs,
    refuse_reuse: bool,
    granted: &[Directory],
    environment: &[(String, String)],
) -> Result<(Target, Sources)> {
    let target = Target::parse(&app.app)?;
    let behaviour = Behaviour { warm: app.snapshot.paths(), refuse_reuse, environment };
    let exclusions = exclusions(app, &target, granted)?;
    let sources = Sources::read(&target, &exclusions, &app.site_packages, &app.selection, &behaviour)?;
    findings::show(&sources);
    for folder in &sources.package_folders {
        console::line(&format!("wasgi: packages from {}", folder.display()));
    }
    if !sources.native.is_empty() {
        let count = sources.native.len();
        console::line(&format!("wasgi: native modules left out: {count} (importing one says what to use instead)"));
    }
    if !sources.left_out.is_empty() {
        let folders = sources.left_out.join(", ");
        console::line(&format!("wasgi: left out, as nothing imports them: {folders} (--keep packs what it names)"));
    }
    for link in &sources.links {
        let cure = "install it without --editable";
        console::line(&format!(
            "wasgi: note: {link} names a folder outside of the application, which stays out: {cure}"
        ));
    }
    Ok((target, sources))
}

async fn build(engine: &BuildEngine, sources: &Sources, options: &Options) -> Result<Snapshot> {
    let core_module = bundle::core_module()?;
    let step = Step::begin("prepare the interpreter");
    let guest = Guest::new(engine, &core_module)?;
    step.done("");
    let step = Step::begin("compile and pack Python files");
    let bytecode = bytecode::compile(&guest, &sources.python_files(), sources.docstrings).await?;
    let image = sources.image(&bytecode, options.fixed)?;
    step.done(&Size(image.len() as u64).to_string());
    let step = Step::begin("import the application and take the snapshot");
    let taken = snapshot::take(&guest, &image, options).await;
    let mut snapshot = taken.map_err(|error| findings::explain(error, &sources.excluded))?;
    told::quote(&mut snapshot.application, sources);
    step.done(&format!("{} of memory at rest", snapshot.memory));
    Ok(snapshot)
}

fn describe(target: &Target, application: &Application) -> String {
    let Application { module, attribute, how, kind, .. } = application;
    let call = if how == "factory" { "()" } else { "" };
    let found = if how == "found" { ", found by looking" } else { "" };
    format!("{module}:{attribute}{call} ({kind}{found}) in {}", target.folder.display())
}
