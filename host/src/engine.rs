//! Engines: one set of code-generation settings for all, with or without the instance pool.

use crate::archive::Archive;
use crate::bundle;
use crate::cache::{self, Cache};
use crate::serve::{Limits, Reset};
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Error, Result, ensure};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, Module, PoolingAllocationConfig};

/// CPython counts recursion against its own 8 MiB of linear-memory stack; the native stack must outlast it, or what
/// recurses in C traps where Python would have raised RecursionError. Below 2 MiB nested `repr` and `json` do so at
/// Python's usual limit; 4 MiB do not hold SQLite's callbacks and codecs at a limit of 10,000.
const WASM_STACK: usize = 8 << 20;
/// Beyond the guest's own stack: room for the host functions that it calls.
const HOST_STACK: usize = 1 << 20;

/// Everything that decides what code is generated: components compiled by one engine load into the other.
fn code_settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // One call at a time per instance: the bookkeeping for concurrent calls costs 7 to 34 % of a small request.
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(WASM_STACK + HOST_STACK)
        // Always map the snapshot copy-on-write, however sparse it is: a plain copy costs milliseconds a request.
        .memory_guaranteed_dense_image_size(u64::from(u32::MAX));
    config
}

/// The engine that boots, snapshots and compiles; it remembers the machine code of single functions.
pub struct BuildEngine {
    pub engine: Engine,
    functions: Arc<Archive>,
}

impl BuildEngine {
    pub fn new() -> Result<Self> {
        let functions = Archive::open(&format!("functions-{}", &bundle::fingerprint()[..16]))?;
        let mut config = code_settings();
        config.enable_incremental_compilation(functions.clone())?;
        Ok(BuildEngine { engine: Engine::new(&config)?, functions })
    }

    /// Compiles a core module, or takes it from the cache.
    pub fn module(&self, wasm: &[u8]) -> Result<Module> {
        let cache = Cache::open("compiled")?;
        let name = compiled_name(&self.engine, wasm);
        if cache::is_ours(&cache.path(&name))
            // SAFETY: the file was written by this user through `Cache`, in a folder only this user can write to.
            && let Ok(module) = unsafe { Module::deserialize_file(&self.engine, cache.path(&name)) }
        {
            return Ok(module);
        }
        let module = Module::new(&self.engine, wasm).map_err(Error::from).context("compiling the guest")?;
        cache.write(&name, &module.serialize()?)?;
        self.functions.save()?;
        Ok(module)
    }

    /// Compiles a component into the cache; [`Compiled::load`] finds it there.
    pub fn compile(&self, wasm: &[u8]) -> Result<Compiled> {
        let name = compiled_name(&self.engine, wasm);
        if let Some(compiled) = Compiled::named(&name)? {
            return Ok(compiled);
        }
        let cache = Cache::open("compiled")?;
        cache.write(&name, &self.machine_code(wasm)?)?;
        Ok(Compiled { path: cache.path(&name), is_temporary: false })
    }

    /// Compiles a component, for this machine and this version of wasmtime.
    pub fn machine_code(&self, wasm: &[u8]) -> Result<Vec<u8>> {
        let code = self.engine.precompile_component(wasm);
        let code = code.map_err(Error::from).context("compiling the component")?;
        self.functions.save()?;
        Ok(code)
    }
}

/// A component's machine code, in the cache or in a file that the user named.
pub struct Compiled {
    path: PathBuf,
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
        Ok(cache::is_ours(&path).then_some(Compiled { path, is_temporary: false }))
    }

    /// A file of the user's; `crate::precompiled` has looked at whose it is and what is in it.
    pub fn trusted(path: PathBuf) -> Self {
        Compiled { path, is_temporary: false }
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
        // Without a pool, which refuses such a component in words of its own.
        let component = self.load(&Engine::new(&code_settings())?)?;
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
        loaded
            .map_err(Error::from)
            .with_context(|| format!("cannot load the compiled code {}: delete it and try again", self.path.display()))
    }
}

/// Content and everything about this engine that decides what code comes out.
fn compiled_name(engine: &Engine, wasm: &[u8]) -> String {
    cache::fingerprint([wasm, &settings_of(engine).to_le_bytes()])
}

fn settings_of(engine: &Engine) -> u64 {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    settings.finish()
}

/// Everything about this wasmtime, its settings and this machine's processor that decides what code comes out.
pub fn code_fingerprint() -> Result<String> {
    Ok(format!("{:016x}", settings_of(&Engine::new(&code_settings())?)))
}

/// The engine that serves: a pool of slots, each big enough for the cap, none ever shared by two live requests.
pub fn serving(limits: &Limits, reset: Reset) -> Result<Engine> {
    let slots = limits.concurrency.get();
    let mut pool = PoolingAllocationConfig::new();
    pool.max_memory_size(limits.memory.0 as usize)
        .total_component_instances(slots)
        // The guest, the preview 1 adapter and the shims between them.
        .total_core_instances(slots * CORE_INSTANCES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(slots)
        .max_memories_per_component(1)
        .total_tables(slots * TABLES)
        .max_tables_per_component(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_core_instance_size(CORE_INSTANCE_SIZE)
        .max_component_instance_size(CORE_INSTANCE_SIZE)
        .total_stacks(slots)
        .async_stack_keep_resident(STACK_KEPT);
    reset.configure(&mut pool);
    let mut config = code_settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    // Native stacks hold the guest's locals, and a deep recursion's stack would stay resident in its slot.
    config.async_stack_zeroing(true);
    Ok(Engine::new(&config)?)
}

/// What `wit-component` makes of one guest and one adapter: guest, adapter, two shims, and one to spare.
const CORE_INSTANCES: u32 = 5;
/// The guest's function table and the shim's.
const TABLES: u32 = 4;
/// CPython has about 12,000 address-taken functions.
const TABLE_ELEMENTS: usize = 32 << 10;
/// Bytes of host memory for one instance's bookkeeping.
const CORE_INSTANCE_SIZE: usize = 4 << 20;

/// What is zeroed in place of a used native stack; the rest is given back to the kernel. Small requests need no more.
const STACK_KEPT: usize = 32 << 10;

/// Advances the engine's epoch from a thread of its own (not a task: a busy runtime must not stop the clock).
pub fn tick(engine: &Engine, every: std::time::Duration) -> Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("epoch".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            std::thread::sleep(every);
        }
    })?;
    Ok(())
}
