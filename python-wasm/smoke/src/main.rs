//! Runs a WASI preview 1 command with one folder of the host in it:
//! `wasgi-python-smoke MODULE.wasm HOST_FOLDER GUEST_FOLDER [ARGUMENT]...`

use std::path::Path;
use std::process::exit;

use wasmtime::error::Context;
use wasmtime::{Cache, Config, Engine, Linker, Module, Result, Store, bail};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

/// CPython's recursion limits assume a stack that holds them; wasmtime's default of 512 KiB does not.
const MAX_WASM_STACK: usize = 4 << 20;

/// What this runner itself exits with, apart from the codes Python uses.
const RUNNER_FAILED: i32 = 70;

fn main() {
    let code = run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        RUNNER_FAILED
    });
    exit(code);
}

fn run() -> Result<i32> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [module, host, guest, rest @ ..] = args.as_slice() else {
        bail!("usage: wasgi-python-smoke MODULE.wasm HOST_FOLDER GUEST_FOLDER [ARGUMENT]...");
    };
    let engine = engine()?;
    let module = Module::from_file(&engine, module)?;
    let mut store = Store::new(&engine, context(Path::new(host), guest, rest)?);
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |context| context)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    match start.call(&mut store, ()) {
        Ok(()) => Ok(0),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(code) => Ok(code.0),
            None => Err(error),
        },
    }
}

/// Compiling the interpreter takes most of the time: the cache makes the second run start at once.
fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.max_wasm_stack(MAX_WASM_STACK).async_stack_size(2 * MAX_WASM_STACK);
    config.cache(Some(Cache::from_file(None)?));
    Engine::new(&config)
}

fn context(host: &Path, guest: &str, args: &[String]) -> Result<WasiP1Ctx> {
    let mut builder = WasiCtxBuilder::new();
    builder.inherit_stdio().arg("python").args(args).env("PYTHONHOME", "/").env("PYTHONDONTWRITEBYTECODE", "1");
    builder.preopened_dir(host, guest, FsPerms::ReadOnly).with_context(|| format!("cannot open {}", host.display()))?;
    Ok(builder.build_p1())
}
