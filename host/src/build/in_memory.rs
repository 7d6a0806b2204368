//! A build for `wasgi run`, which writes only to the cache.

use super::compile::{compile, compile_alone};
use super::describe::describe;
use super::first_look::Kind;
use super::notices;
use super::options::{AppArgs, Haste, Options};
use super::pipeline;
use crate::build::sources::inputs::Behaviour;
use crate::build::sources::read::read;
use crate::component::encode;
use crate::component::metadata::Application;
use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::engine::settings;
use crate::store::cache::{self, Cache};
use crate::terminal::console;
use crate::units::Size;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// An application ready to be served.
pub struct Ready {
    pub compiled: Compiled,
    /// Of the machine code.
    pub kind: Kind,
    pub description: String,
    pub application: Application,
    pub sizes: Sizes,
}

/// What an application takes, in bytes.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub struct Sizes {
    /// The component, without what `wasgi build` writes into it for others.
    pub component: Size,
    /// Linear memory before a request.
    pub at_rest: Size,
}

/// The record of a build, under the fingerprint of its sources.
#[derive(Deserialize, Serialize)]
struct Built {
    application: Application,
    compiled: String,
    sizes: Sizes,
}

/// Builds the application as [`build`] does, but shows nothing.
///
/// # Errors
/// When its import fails.
pub fn after_look(app: &AppArgs, options: Options) -> Result<Ready> {
    let options = Options { haste: Haste::AfterLook, ..options };
    console::quietly(|| prepare(app, options, &Behaviour::of(app)))
}

/// Builds the application, and shows what its snapshot freezes.
///
/// # Errors
/// When its import fails, or it does what the options refuse.
pub fn build(app: &AppArgs, options: Options) -> Result<Ready> {
    let ready = prepare(app, options, &Behaviour::of(app))?;
    notices::show(&ready.application, &app.snapshot)?;
    Ok(ready)
}

/// Builds the application; an unchanged one comes from the cache.
///
/// # Errors
/// When its import fails.
pub fn prepare(app: &AppArgs, options: Options, behaviour: &Behaviour) -> Result<Ready> {
    let (target, sources) = read(app, options.grants.directories(), behaviour)?;
    let code = settings::code_fingerprint()?;
    let grants = options.grants.fingerprint();
    let inputs = sources.fingerprint();
    let parts = [inputs.as_bytes(), &[options.beyond.number()], code.as_bytes(), grants.as_bytes()];
    let key = cache::fingerprint(parts);
    let kind = Kind { joined: sources.joined.clone(), beyond: options.beyond };
    let cache = Cache::open("builds")?;
    if let Some(built) = cache.read(&key).and_then(|bytes| serde_json::from_slice::<Built>(&bytes).ok())
        && let Some(compiled) = Compiled::named(&built.compiled)?
    {
        console::line("wasgi: unchanged since the last build: the snapshot comes from the cache");
        let Built { application, sizes, .. } = built;
        return Ok(Ready { compiled, kind, description: describe(&target, &application), application, sizes });
    }
    let engine = BuildEngine::new()?;
    let snapshot = pipeline::runtime()?.block_on(pipeline::run(&engine, &sources, &options))?;
    // Without a maximum of its own: this host holds every request to --memory, and one cache entry serves all caps.
    let component = encode::encode(&snapshot.core_module, options.beyond)?;
    let description = describe(&target, &snapshot.application);
    let sizes = Sizes { component: Size(component.len() as u64), at_rest: snapshot.memory };
    if snapshot.directories.used {
        // The directories may hold something else next time.
        let compiled = compile_alone(&engine, &component, None)?;
        return Ok(Ready { compiled, kind, description, application: snapshot.application, sizes });
    }
    let compiled = compile(&engine, &component)?;
    let built = Built { application: snapshot.application, compiled: compiled.name().to_owned(), sizes };
    cache.write(&key, &serde_json::to_vec(&built)?)?;
    Ok(Ready { compiled, kind, description, application: built.application, sizes })
}
