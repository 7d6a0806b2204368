//! The engines that boot guests and compile components.

use super::artifact::Compiled;
use super::embedded::EmbeddedCode;
use super::functions::Functions;
use super::guest_code;
use super::settings::{boot_settings, compiled_name, component_settings};
use crate::store::cache::Cache;
use crate::store::sealed::Sealed;
use crate::wasm::split_snapshot::Split;
use anyhow::{Context, Error, Result};
use std::sync::Arc;
use wasmtime::{Config, Engine, Module};

/// The engines that boot guests and compile components; they cache the machine code of single functions.
pub struct BuildEngine {
    pub boot: Engine,
    component: Engine,
    functions: Arc<Functions>,
    embedded: EmbeddedCode,
}

impl BuildEngine {
    pub fn new() -> Result<Self> {
        let functions = Arc::new(Functions::default());
        let engine = |mut config: Config| -> Result<Engine> {
            config.enable_incremental_compilation(functions.clone())?;
            Ok(Engine::new(&config)?)
        };
        Ok(BuildEngine {
            boot: engine(boot_settings())?,
            component: engine(component_settings())?,
            functions,
            embedded: EmbeddedCode::with_this_program(),
        })
    }

    /// The name of the machine code that boots a core module.
    pub fn module_name(&self, core_module: &[u8]) -> String {
        compiled_name(&self.boot, core_module)
    }

    /// Compiles what is `made` of a core module to boot it, unless its machine code is embedded or in the cache.
    pub fn module(&self, core_module: &[u8], made: impl FnOnce() -> Result<Vec<u8>>) -> Result<Module> {
        let name = self.module_name(core_module);
        if let Some(code) = self.embedded.find(&name)
            // SAFETY: it is a part of this program.
            && let Ok(module) = unsafe { Module::deserialize(&self.boot, code) }
        {
            return Ok(module);
        }
        let cache = Cache::open("compiled")?;
        if let Some(mut file) = cache.open_entry(&name)
            && let Ok(code) = Sealed::copy(&mut file)
            // SAFETY: the file was written by this user through `Cache`, in a folder only this user can write to, and
            // the copy cannot be changed.
            && let Ok(module) = unsafe { Module::deserialize_open_file(&self.boot, code.file().try_clone()?) }
        {
            return Ok(module);
        }
        let module = Module::new(&self.boot, made()?).map_err(Error::from).context("compiling the guest")?;
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
        let MachineCode { code, .. } = self.machine_code(wasm, None)?;
        cache.write(&name, &code)?;
        Compiled::kept(cache.path(&name), &code)
    }

    /// The same for this process alone: the cache gets no snapshot. Returns whether anything was compiled.
    pub fn compile_like(&self, wasm: &[u8], known: Option<&Compiled>) -> Result<(Compiled, bool)> {
        let MachineCode { code, is_new, .. } = self.machine_code(wasm, known)?;
        Ok((Compiled::unnamed(&code)?, is_new))
    }

    /// Compiles a component for this level of processors and this version of wasmtime, unless `known`, this program or
    /// the cache has machine code for one that differs only in its snapshot. The snapshot follows the code.
    pub fn machine_code(&self, wasm: &[u8], known: Option<&Compiled>) -> Result<MachineCode> {
        let split = Split::of(wasm)?;
        let mut made = self.code_of(&split, known)?;
        split.append_memory(&mut made.code);
        Ok(made)
    }

    /// The machine code shared by all components that differ from this one only in their snapshots, with its name.
    pub fn common_machine_code(&self, wasm: &[u8]) -> Result<(String, Vec<u8>)> {
        let MachineCode { code, like, .. } = self.code_of(&Split::of(wasm)?, None)?;
        Ok((like, code))
    }

    fn code_of(&self, split: &Split, known: Option<&Compiled>) -> Result<MachineCode> {
        let like = compiled_name(&self.component, split.common());
        let known = match known.filter(|known| known.is_like(&like)) {
            Some(known) => Some(known.code_alone()?),
            None => self.embedded.find(&like),
        };
        if let Some(code) = known {
            return Ok(MachineCode { code, like, is_new: false });
        }
        let cache = Cache::open("code")?;
        if let Some(mut file) = cache.open_entry(&like) {
            return Ok(MachineCode { code: Sealed::copy(&mut file)?.bytes()?, like, is_new: false });
        }
        let code = self.component.precompile_component(&split.rewritten(guest_code::is_ours)?);
        let code = code.map_err(Error::from).context("compiling the component")?;
        self.functions.save()?;
        cache.write(&like, &code)?;
        Ok(MachineCode { code, like, is_new: true })
    }
}

/// A component's machine code, followed by its snapshot.
pub struct MachineCode {
    pub code: Vec<u8>,
    /// The name shared by all components that differ only in their snapshots.
    pub like: String,
    /// It was compiled just now.
    pub is_new: bool,
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
            let embedded =
                EmbeddedCode::of(crate::engine::embedded::packed(&[(name.to_owned(), code.clone())]).unwrap().leak());
            BuildEngine { embedded, ..BuildEngine::new().unwrap() }
        };
        forget().unwrap();
        let found = carrying(&name).machine_code(&component("another"), None).unwrap();
        assert!(!found.is_new && found.like == name && found.code.starts_with(&code));
        assert!(forget().is_err(), "nothing is written");
        // Code for another version or level has another name.
        assert!(carrying("another").machine_code(&component("another"), None).unwrap().is_new);
        forget().unwrap();
    }
}
