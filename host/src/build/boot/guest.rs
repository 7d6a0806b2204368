//! One run of the guest's build-time exports (`guest/src/boot.c`) on a file image.

use super::booted::Booted;
use super::cap::Cap;
use super::determinism::Determinism;
use super::places::Placement;
use crate::budget::Budget;
use crate::component::metadata::Lesson;
use crate::engine::compiler::BuildEngine;
use crate::grants::Grants;
use crate::grants::import_locks::ImportLocks;
use crate::terminal::log::Stream;
use crate::terminal::stdio::AppStream;
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Result, ensure};
use wasmtime::{Caller, Engine, Linker, Module, Store};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wizer::{ModuleContext, WasmtimeWizer, Wizer};

/// The guest's core module, compiled and ready to boot, with the snapshot's hooks in it.
pub struct Guest {
    engine: Engine,
    module: Module,
}

/// The guest's core module, ready to take a snapshot of an instance.
pub struct Original<'a> {
    wizer: Wizer,
    context: ModuleContext<'a>,
}

/// What a guest boots with.
#[derive(Clone, Copy)]
pub struct Start<'a> {
    pub image: &'a [u8],
    pub fixed: Determinism,
    /// What the probe has taught; None in the probe itself.
    pub lesson: Option<&'a Lesson>,
    /// What import and warm-up see of this machine.
    pub grants: &'a Grants,
}

/// What a booting guest can reach.
pub struct Reach {
    wasi: WasiP1Ctx,
    locks: ImportLocks,
    pub cap: Cap,
}

impl Guest {
    /// Compiles the core module, or takes its machine code from the cache.
    pub fn new(build: &BuildEngine, core_module: &[u8]) -> Result<Self> {
        let module = build.module(core_module, || Ok(Wizer::new().instrument(core_module)?.1))?;
        Ok(Guest { engine: build.boot.clone(), module })
    }

    /// The machine code that [`Guest::new`] takes, with its name.
    pub fn machine_code(build: &BuildEngine, core_module: &[u8]) -> Result<(String, Vec<u8>)> {
        let Guest { module, .. } = Self::new(build, core_module)?;
        Ok((build.module_name(core_module), module.serialize()?))
    }

    /// Starts CPython on an image and lets it follow the image's configuration, within `cap`, with some allocations
    /// placed at `places`.
    ///
    /// # Errors
    /// When the image does not fit or the guest traps. The report holds what the guest itself finds wrong.
    pub async fn boot(&self, start: Start<'_>, cap: &Cap, places: &Placement) -> Result<Booted> {
        let mut prepared = self.prepare(start, cap).await?;
        prepared.write_places(places).await?;
        prepared.boot(cap.size).await
    }

    /// The same, and records all allocations.
    pub async fn boot_watched(&self, start: Start<'_>, cap: &Cap) -> Result<Booted> {
        let mut prepared = self.prepare(start, cap).await?;
        prepared.tell("wasgi_watch_memory").await?;
        prepared.boot(cap.size).await
    }

    /// An instance with the file image in its memory.
    async fn prepare(&self, start: Start<'_>, cap: &Cap) -> Result<Booted> {
        let mut linker = Linker::new(&self.engine);
        p1::add_to_linker_async(&mut linker, |reach: &mut Reach| &mut reach.wasi)?;
        linker.allow_shadowing(true);
        let advise = |mut caller: Caller<Reach>, _: i32, offset: i64, length: i64, advice: i32| {
            let Reach { wasi, locks, .. } = caller.data_mut();
            locks.advise(wasi.filesystem().table, offset.cast_unsigned(), length.cast_unsigned(), advice)
        };
        linker.func_wrap("wasi_snapshot_preview1", "fd_advise", advise)?;
        // No request arrives at build time, so nothing calls wasi:http.
        linker.define_unknown_imports_as_traps(&self.module)?;
        let needed = Size(self.module.resources_required().max_initial_memory_size.unwrap_or(0) * WASM_PAGE);
        ensure!(
            cap.grants(needed),
            "Python alone takes {needed} of memory, more than the cap of {}: raise --memory",
            cap.size
        );
        let mut store = store(&self.engine, cap, start)?;
        let instance = linker.instantiate_async(&mut store, &self.module).await?;
        let memory = instance.get_memory(&mut store, "memory").context("the guest exports no memory")?;
        let mut prepared = Booted::new(store, instance, memory);
        prepared.tell("_initialize").await?;
        prepared.take_image(start.image, cap.size).await?;
        prepared.take_variables(&start.grants.for_import()).await?;
        if cap.is_trial {
            prepared.tell("wasgi_pretend").await?;
        }
        if let Some(lesson) = start.lesson {
            prepared.take_lesson(lesson).await?;
        }
        Ok(prepared)
    }
}

impl<'a> Original<'a> {
    /// Reads the core module.
    pub fn new(core_module: &'a [u8]) -> Result<Self> {
        let wizer = Wizer::new();
        let (context, _) = wizer.instrument(core_module)?;
        Ok(Original { wizer, context })
    }

    /// The core module with the memory and globals of a booted guest.
    pub async fn snapshot(&self, booted: &mut Booted) -> Result<Vec<u8>> {
        let mut state = WasmtimeWizer { store: &mut booted.store, instance: booted.instance };
        Ok(self.wizer.snapshot(&self.context, &mut state).await?)
    }
}

fn store(engine: &Engine, cap: &Cap, start: Start<'_>) -> Result<Store<Reach>> {
    // The guest sees only what is granted of this machine; its output is shown.
    let mut wasi = WasiCtxBuilder::new();
    start.grants.preopen(&mut wasi, cap.is_trial)?;
    if !cap.is_mute {
        let output = Budget::new(u64::MAX, "");
        let [stdout, stderr] =
            [Stream::Stdout, Stream::Stderr].map(|stream| AppStream::new(stream, output.clone(), None));
        wasi.stdout(stdout).stderr(stderr);
    }
    start.fixed.apply(&mut wasi);
    let mut store =
        Store::new(engine, Reach { wasi: wasi.build_p1(), locks: ImportLocks::default(), cap: cap.clone() });
    store.limiter(|reach| &mut reach.cap);
    // This engine's epoch never advances: an import may take any time, and Ctrl+C ends it.
    store.set_epoch_deadline(u64::MAX);
    Ok(store)
}
