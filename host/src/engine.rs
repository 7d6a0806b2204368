//! Engines: one set of code-generation settings for all.

use crate::archive::Archive;
use crate::bundle;
use crate::cache::{self, Cache};
use crate::carried::Carried;
use crate::compiled::Compiled;
use crate::level;
use crate::lift::{Lifted, Untold};
use crate::sealed::Sealed;
use crate::serve::{Slots, Stacks};
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Error, Result, ensure};
use std::hash::{DefaultHasher, Hash, Hasher};
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
    let mut config = level::config();
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
    carried: Carried,
}

impl BuildEngine {
    pub fn new() -> Result<Self> {
        let functions = Archive::open(&format!("functions-{}", &bundle::fingerprint()[..16]))?;
        let engine = |mut config: Config| -> Result<Engine> {
            config.enable_incremental_compilation(functions.clone())?;
            Ok(Engine::new(&config)?)
        };
        Ok(BuildEngine {
            boot: engine(boot_settings())?,
            component: engine(component_settings())?,
            functions,
            carried: Carried::with_this_program(),
        })
    }

    /// Compiles a core module, unless its machine code is carried or in the cache.
    pub fn module(&self, wasm: &[u8]) -> Result<Module> {
        let name = compiled_name(&self.boot, wasm);
        if let Some(code) = self.carried.find(&name)
            // SAFETY: it is a part of this program.
            && let Ok(module) = unsafe { Module::deserialize(&self.boot, code) }
        {
            return Ok(module);
        }
        let cache = Cache::open("compiled")?;
        if let Some(mut file) = cache.open_entry(&name)
            && let Ok(code) = Sealed::copy(&mut file)
            // SAFETY: the file was written by this user through `Cache`, in a folder only this user can write to, and
            // nobody can change the copy.
            && let Ok(module) = unsafe { Module::deserialize_open_file(&self.boot, code.file().try_clone()?) }
        {
            return Ok(module);
        }
        let module = Module::new(&self.boot, wasm).map_err(Error::from).context("compiling the guest")?;
        cache.write(&name, &module.serialize()?)?;
        self.functions.save()?;
        Ok(module)
    }

    /// What [`BuildEngine::module`] would find, with its name.
    pub fn module_code(&self, wasm: &[u8]) -> Result<(String, Vec<u8>)> {
        Ok((compiled_name(&self.boot, wasm), self.module(wasm)?.serialize()?))
    }

    /// Compiles a component into the cache; [`Compiled::load`] finds it there.
    pub fn compile(&self, wasm: &[u8]) -> Result<Compiled> {
        let name = compiled_name(&self.component, wasm);
        if let Some(compiled) = Compiled::named(&name)? {
            return Ok(compiled);
        }
        let cache = Cache::open("compiled")?;
        let MachineCode { code, .. } = self.machine_code(wasm, None)?;
        cache.write(&name, &code)?;
        Compiled::kept(cache.path(&name), &code)
    }

    /// The same for this process alone: in the cache is no snapshot. Gives whether anything was compiled.
    pub fn compile_like(&self, wasm: &[u8], known: Option<&Compiled>) -> Result<(Compiled, bool)> {
        let MachineCode { code, is_new, .. } = self.machine_code(wasm, known)?;
        Ok((Compiled::unnamed(&code)?, is_new))
    }

    /// Compiles a component, for machines of this level and this version of wasmtime, unless there is machine code for one
    /// that differs in its snapshot alone: in `known`, in this program, or in the cache. Its snapshot stands behind the
    /// code.
    pub fn machine_code(&self, wasm: &[u8], known: Option<&Compiled>) -> Result<MachineCode> {
        let lifted = Lifted::of(wasm)?;
        let mut made = self.code_of(&lifted, known)?;
        lifted.append_memory(&mut made.code);
        Ok(made)
    }

    /// What all components have in common that differ from this one in their snapshots alone, with its name.
    pub fn common_machine_code(&self, wasm: &[u8]) -> Result<(String, Vec<u8>)> {
        let MachineCode { code, like, .. } = self.code_of(&Lifted::of(wasm)?, None)?;
        Ok((like, code))
    }

    fn code_of(&self, lifted: &Lifted, known: Option<&Compiled>) -> Result<MachineCode> {
        let like = compiled_name(&self.component, lifted.common());
        let known = match known.filter(|known| known.is_like(&like)) {
            Some(known) => Some(known.code_alone()?),
            None => self.carried.find(&like),
        };
        if let Some(code) = known {
            return Ok(MachineCode { code, like, is_new: false });
        }
        let cache = Cache::open("code")?;
        if let Some(mut file) = cache.open_entry(&like) {
            return Ok(MachineCode { code: Sealed::copy(&mut file)?.bytes()?, like, is_new: false });
        }
        let code = self.component.precompile_component(&lifted.rewritten()?);
        let code = code.map_err(Error::from).context("compiling the component")?;
        self.functions.save()?;
        cache.write(&like, &code)?;
        Ok(MachineCode { code, like, is_new: true })
    }
}

/// A component's machine code, its snapshot behind it.
pub struct MachineCode {
    pub code: Vec<u8>,
    /// Of all that differ in their snapshots alone, the name.
    pub like: String,
    /// It was compiled just now.
    pub is_new: bool,
}

/// Checks that a sandbox can start at all under a memory cap.
///
/// # Errors
/// When the component's memory is larger than the cap before the first request.
pub fn check_memory(component: &Component, untold: Untold, cap: Size) -> Result<()> {
    let required = component.resources_required().and_then(|required| required.max_initial_memory_size);
    let needed = Size(required.unwrap_or(0) * WASM_PAGE + untold.beyond as u64);
    ensure!(
        needed <= cap,
        "the application takes {needed} of memory before its first request, more than the cap of {cap}: raise --memory"
    );
    Ok(())
}

/// What compiles: this wasgi, wasmtime to its last digit, which wasmtime's own hash leaves out, and the sources of what
/// writes components anew (`crate::passes`).
const COMPILER: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("WASMTIME_VERSION"), " ", env!("PASSES"));

/// Content and everything about this engine that decides what code comes out.
fn compiled_name(engine: &Engine, wasm: &[u8]) -> String {
    cache::fingerprint([wasm, &settings_of(engine, COMPILER).to_le_bytes()])
}

fn settings_of(engine: &Engine, compiler: &str) -> u64 {
    let mut settings = DefaultHasher::new();
    compiler.hash(&mut settings);
    engine.precompile_compatibility_hash().hash(&mut settings);
    settings.finish()
}

/// Everything about this wasgi, its wasmtime and settings, and the level of this machine's processor that decides what code
/// comes out.
pub fn code_fingerprint() -> Result<String> {
    Ok(format!("{:016x}", settings_of(&Engine::new(&component_settings())?, COMPILER)))
}

/// Makes machine code and loads it.
///
/// # Errors
/// When the system forbids that.
pub fn runs_code() -> Result<()> {
    let engine = Engine::new(&component_settings())?;
    Module::new(&engine, b"\0asm\x01\0\0\0")?;
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with this text in its memory.
    fn component(text: &str) -> Vec<u8> {
        let source = format!(
            "(component (core module (memory 2) (data (i32.const 8) \"{text}\") (func (export \"of the test\"))))"
        );
        wat::parse_str(source).unwrap()
    }

    #[test]
    fn what_is_carried_is_not_compiled() {
        let plain = BuildEngine::new().unwrap();
        let (name, code) = plain.common_machine_code(&component("one")).unwrap();
        let forget = || std::fs::remove_file(Cache::open("code").unwrap().path(&name));
        let carrying = |name: &str| {
            let carried = Carried::of(crate::carried::packed(&[(name.to_owned(), code.clone())]).unwrap().leak());
            BuildEngine { carried, ..BuildEngine::new().unwrap() }
        };
        forget().unwrap();
        let found = carrying(&name).machine_code(&component("another"), None).unwrap();
        assert!(!found.is_new && found.like == name && found.code.starts_with(&code));
        assert!(forget().is_err(), "nothing is written");
        // Of another version or level, it has another name.
        assert!(carrying("another").machine_code(&component("another"), None).unwrap().is_new);
        forget().unwrap();
    }

    #[test]
    fn what_another_wasgi_compiled_has_another_name() {
        let engine = Engine::new(&component_settings()).unwrap();
        let here = compiled_name(&engine, b"component");
        for part in [env!("CARGO_PKG_VERSION"), env!("WASMTIME_VERSION"), env!("PASSES")] {
            let other = COMPILER.replace(part, "another");
            assert_ne!(other, COMPILER, "{part} counts");
            let settings = settings_of(&engine, &other);
            assert_ne!(settings, settings_of(&engine, COMPILER));
            assert_ne!(cache::fingerprint([&b"component"[..], &settings.to_le_bytes()]), here);
        }
        assert_eq!(compiled_name(&engine, b"component"), here);
        assert_ne!(compiled_name(&engine, b"another"), here);
    }
}
