//! Runs a WASI preview 1 command with one folder of the host in it:
//! `wasgi-python-smoke MODULE.wasm HOST_FOLDER GUEST_FOLDER [ARGUMENT]...`
//!
//! Clocks and entropy are the same in each run: what is counted while CPython is trained must be, so that the same
//! sources give the same interpreter.

use std::path::Path;
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use wasmtime::error::Context;
use wasmtime::{Cache, Config, Engine, Linker, Module, Result, Store, bail};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{Deterministic, FsPerms, HostMonotonicClock, HostWallClock, I32Exit, WasiCtxBuilder};

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
    builder.env("PYTHONHASHSEED", "0").secure_random(Deterministic::new((0..=u8::MAX).collect()));
    builder.wall_clock(Clock::default()).monotonic_clock(Clock::default());
    builder.preopened_dir(host, guest, FsPerms::ReadOnly).with_context(|| format!("cannot open {}", host.display()))?;
    Ok(builder.build_p1())
}

/// Knows how often it was looked at, and nothing else. It goes on, so that nobody waits in vain for time to pass.
#[derive(Default)]
struct Clock {
    looks: AtomicU64,
}

impl Clock {
    const STEP: Duration = Duration::from_micros(1);
    /// 2020-01-01: certificates, time zones and archives have seen such a day.
    const START: Duration = Duration::from_secs(1_577_836_800);

    fn look(&self) -> Duration {
        Self::START + Self::STEP * self.looks.fetch_add(1, Relaxed) as u32
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Self::STEP
    }

    fn now(&self) -> Duration {
        self.look()
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        Self::STEP.as_nanos() as u64
    }

    fn now(&self) -> u64 {
        self.look().as_nanos() as u64
    }
}
