//! A build for `wasgi run`, which writes only to the cache.

use super::compile::{compile, compile_alone};
use super::describe::describe;
use super::notices;
use super::options::{AppArgs, Options};
use super::pipeline;
use crate::build::sources::read::read;
use crate::component::encode;
use crate::component::metadata::Application;
use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::engine::settings;
use crate::store::cache::{self, Cache};
use crate::terminal::console;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// An application ready to be served.
pub struct Ready {
    pub compiled: Compiled,
    pub description: String,
}

/// The record of a build, under the fingerprint of its sources.
#[derive(Deserialize, Serialize)]
struct Built {
    application: Application,
    compiled: String,
}

/// Builds the application; an unchanged one comes from the cache.
pub fn build(app: &AppArgs, options: Options) -> Result<Ready> {
    let (target, sources) = read(app, false, options.grants.directories(), &[])?;
    let code = settings::code_fingerprint()?;
    let grants = options.grants.fingerprint();
    let inputs = sources.fingerprint();
    let parts = [inputs.as_bytes(), &[options.beyond.number()], code.as_bytes(), grants.as_bytes()];
    let key = cache::fingerprint(parts);
    let cache = Cache::open("builds")?;
    if let Some(built) = cache.read(&key).and_then(|bytes| serde_json::from_slice::<Built>(&bytes).ok())
        && let Some(compiled) = Compiled::named(&built.compiled)?
    {
        console::line("wasgi: unchanged since the last build: the snapshot comes from the cache");
        notices::show(&built.application, &app.snapshot)?;
        return Ok(Ready { compiled, description: describe(&target, &built.application) });
    }
    let engine = BuildEngine::new()?;
    let snapshot = pipeline::runtime()?.block_on(pipeline::run(&engine, &sources, &options))?;
    notices::show(&snapshot.application, &app.snapshot)?;
    // Without a maximum of its own: this host holds every request to --memory, and one cache entry serves all caps.
    let component = encode::encode(&snapshot.core_module, options.beyond)?;
    let description = describe(&target, &snapshot.application);
    if snapshot.directories.used {
        // The directories may hold something else next time.
        let compiled = compile_alone(&engine, &component, None)?;
        return Ok(Ready { compiled, description });
    }
    let compiled = compile(&engine, &component)?;
    let built = Built { application: snapshot.application, compiled: compiled.name().to_owned() };
    cache.write(&key, &serde_json::to_vec(&built)?)?;
    Ok(Ready { compiled, description })
}
