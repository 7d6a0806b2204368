//! Engines: one set of code-generation settings for all.

use crate::archive::Archive;
use crate::bundle;
use crate::cache::{self, Cache};
use crate::lift::{Lifted, Snapshot};
use crate::serve::{Slots, Stacks};
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Error, Result, ensure};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, Module};

/// CPython counts recursion against its own 8 MiB of linear-memory stack; the native stack must outlast it, or what
/// recurses in C traps where Python would have raised RecursionError. Below 2 MiB nested `repr` and `json` do so at
/// Python's usual limit; 4 MiB do not hold SQLite's callbacks and codecs at a limit of 10,000.
const WASM_STACK: usize = 8 << 20;
/// Beyond the guest's own stack: room for the host functions that it calls.
const HOST_STACK: usize = 1 << 20;
/// Bytes of native stack of a sandbox.
pub const STACK: usize = WASM_STACK + HOST_STACK;

/// What all code that is generated has in common.
fn settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // One call at a time per instance: the bookkeeping for concurrent calls costs 7 to 34 % of a small request.
        .concurrency_support(false)
        // Memories are `crate::serve::slots`', which wasmtime cannot map anything into.
        .memory_init_cow(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(STACK);
    config
}

/// Everything that decides what code of components is: what one engine compiled loads into the other. `crate::polls` is
/// in place of epochs.
fn component_settings() -> Config {
    let mut config = settings();
    config.wasm_branch_hinting(true);
    config
}

/// A guest that boots is watched at each of its steps.
fn boot_settings() -> Config {
    let mut config = settings();
    config.epoch_interruption(true);
    config
}

/// The engines that boot, and that compile components; they remember the machine code of single functions.
pub struct BuildEngine {
    pub boot: Engine,
    component: Engine,
    functions: Arc<Archive>,
}

impl BuildEngine {
    pub fn new() -> Result<Self> {
        let functions = Archive::open(&format!("functions-{}", &bundle::fingerprint()[..16]))?;
        let engine = |mut config: Config| -> Result<Engine> {
            config.enable_incremental_compilation(functions.clone())?;
            Ok(Engine::new(&config)?)
        };
        Ok(BuildEngine { boot: engine(boot_settings())?, component: engine(component_settings())?, functions })
    }

    /// Compiles a core module, or takes it from the cache.
    pub fn module(&self, wasm: &[u8]) -> Result<Module> {
        let cache = Cache::open("compiled")?;
        let name = compiled_name(&self.boot, wasm);
        if cache::is_ours(&cache.path(&name))
            // SAFETY: the file was written by this user through `Cache`, in a folder only this user can write to.
            && let Ok(module) = unsafe { Module::deserialize_file(&self.boot, cache.path(&name)) }
        {
            return Ok(module);
        }
        let module = Module::new(&self.boot, wasm).map_err(Error::from).context("compiling the guest")?;
        cache.write(&name, &module.serialize()?)?;
        self.functions.save()?;
        Ok(module)
    }

    /// Compiles a component into the cache; [`Compiled::load`] finds it there.
    pub fn compile(&self, wasm: &[u8]) -> Result<Compiled> {
        let name = compiled_name(&self.component, wasm);
        if let Some(compiled) = Compiled::named(&name)? {
            return Ok(compiled);
        }
        let cache = Cache::open("compiled")?;
        cache.write(&name, &self.machine_code(wasm)?)?;
        Ok(Compiled::cached(cache.path(&name)))
    }

    /// Compiles a component, for this machine and this version of wasmtime. Its snapshot stands behind the code.
    pub fn machine_code(&self, wasm: &[u8]) -> Result<Vec<u8>> {
        let lifted = Lifted::of(wasm)?;
        let code = self.component.precompile_component(&lifted.component);
        let mut code = code.map_err(Error::from).context("compiling the component")?;
        lifted.append_memory(&mut code);
        self.functions.save()?;
        Ok(code)
    }
}

/// A component's machine code, in the cache or in a file that the user named.
pub struct Compiled {
    path: PathBuf,
    /// Bytes behind its snapshot.
    behind: u64,
    is_temporary: bool,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        if self.is_temporary {
            // If it stays, it goes as any other that nobody asks for.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Compiled {
    /// The cache's entry of that name, should it (still) exist.
    pub fn named(name: &str) -> Result<Option<Self>> {
        let path = Cache::open("compiled")?.path(name);
        Ok(cache::is_ours(&path).then(|| Compiled::cached(path)))
    }

    fn cached(path: PathBuf) -> Self {
        Compiled { path, behind: 0, is_temporary: false }
    }

    /// A file of the user's; `crate::precompiled` has looked at whose it is and what is in it, and has found so many
    /// bytes at its end to be its own.
    pub fn trusted(path: PathBuf, behind: u64) -> Self {
        Compiled { path, behind, is_temporary: false }
    }

    /// Leaves the cache with this value: nobody will ask for it again.
    pub fn for_this_process(mut self) -> Self {
        self.is_temporary = true;
        self
    }

    /// In the cache.
    pub fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Checks that a sandbox can start at all under a memory cap.
    ///
    /// # Errors
    /// When the component's memory is larger than the cap before the first request.
    pub fn check_memory(&self, cap: Size) -> Result<()> {
        let component = self.load(&Engine::new(&component_settings())?)?;
        let required = component.resources_required().and_then(|required| required.max_initial_memory_size);
        let needed = Size(required.unwrap_or(0) * WASM_PAGE);
        ensure!(
            needed <= cap,
            "the application takes {needed} of memory before its first request, more than the cap of {cap}: raise \
             --memory"
        );
        Ok(())
    }

    /// Maps the code into an engine.
    pub fn load(&self, engine: &Engine) -> Result<Component> {
        // SAFETY: the file was written by this user through `Cache`, in a folder only this user can write to, or it is
        // one that this user named and nobody else could write (`crate::precompiled`).
        let loaded = unsafe { Component::deserialize_file(engine, &self.path) };
        loaded.map_err(Error::from).with_context(|| self.unusable())
    }

    /// The memory that its sandboxes begin with.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::find(&self.path, self.behind).with_context(|| self.unusable())
    }

    fn unusable(&self) -> String {
        format!("cannot load the compiled code {}: delete it and try again", self.path.display())
    }
}

/// How a compiled component's file is laid out.
const FORMAT: &str = "machine code with direct calls and polls, snapshot";

/// Content and everything about this engine that decides what code comes out.
fn compiled_name(engine: &Engine, wasm: &[u8]) -> String {
    cache::fingerprint([wasm, &settings_of(engine).to_le_bytes()])
}

fn settings_of(engine: &Engine) -> u64 {
    let mut settings = DefaultHasher::new();
    FORMAT.hash(&mut settings);
    engine.precompile_compatibility_hash().hash(&mut settings);
    settings.finish()
}

/// Everything about this wasmtime, its settings and this machine's processor that decides what code comes out.
pub fn code_fingerprint() -> Result<String> {
    Ok(format!("{:016x}", settings_of(&Engine::new(&component_settings())?)))
}

/// The engine that serves: memories and native stacks are those of its slots.
pub fn serving(slots: Slots) -> Result<Engine> {
    let mut config = component_settings();
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .with_host_memory(Arc::new(slots))
        .with_host_stack(Arc::new(Stacks::default()));
    Ok(Engine::new(&config)?)
}
