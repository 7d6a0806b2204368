//! One set of code-generation settings for all engines, and the names of machine code that follow from them.

use super::level;
use crate::memory::stack_size::{STACK, WASM_STACK};
use crate::store::cache;
use anyhow::Result;
use std::hash::{DefaultHasher, Hash, Hasher};
use wasmtime::{Config, Engine, Module};

/// The settings of all generated code.
fn settings() -> Config {
    let mut config = level::config();
    config
        .wasm_component_model(true)
        // One call at a time per instance: the bookkeeping for concurrent calls costs 7 to 34 % of a small request.
        .concurrency_support(false)
        // Memories come from `crate::memory::slots`, into which wasmtime cannot map anything.
        .memory_init_cow(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(STACK);
    config
}

/// All settings that decide a component's code: what one engine compiled loads into the other.
/// `crate::wasm::yield_points` replaces epochs.
pub fn component_settings() -> Config {
    let mut config = settings();
    config.wasm_branch_hinting(true);
    config
}

/// The build watches each step of a guest that boots.
pub fn boot_settings() -> Config {
    let mut config = settings();
    config.epoch_interruption(true);
    config
}

/// The compiler: this wasgi, wasmtime to its last digit (which wasmtime's own hash omits), and the sources of the
/// passes (`crate::wasm::passes`).
const COMPILER: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("WASMTIME_VERSION"), " ", env!("PASSES"));

/// A name from the content and everything about this engine that decides the code.
pub fn compiled_name(engine: &Engine, wasm: &[u8]) -> String {
    cache::fingerprint([wasm, &settings_of(engine, COMPILER).to_le_bytes()])
}

fn settings_of(engine: &Engine, compiler: &str) -> u64 {
    let mut settings = DefaultHasher::new();
    compiler.hash(&mut settings);
    engine.precompile_compatibility_hash().hash(&mut settings);
    settings.finish()
}

/// Everything that decides the code: this wasgi, its wasmtime and settings, and the level of this machine's processor.
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

#[cfg(test)]
mod tests {
    use super::*;

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
