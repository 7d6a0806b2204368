//! One run of the guest's build-time exports (`guest/src/boot.c`) on a file image.

use super::cap::Cap;
use super::determinism::Determinism;
use super::places::Placement;
use crate::budget::Budget;
use crate::component::beyond::Beyond;
use crate::component::metadata::{Lesson, WarmUpOutcome};
use crate::engine::compiler::BuildEngine;
use crate::grants::Grants;
use crate::grants::import_locks::ImportLocks;
use crate::terminal::log::Stream;
use crate::terminal::stdio::AppStream;
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Result, ensure};
use std::ops::Range;
use wasmtime::{Caller, Engine, Instance, Linker, Memory, Module, Store};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wizer::{ModuleContext, WasmtimeWizer, Wizer};

/// The guest's core module, compiled and ready to boot, with the snapshot's hooks in it.
pub struct Guest<'a> {
    engine: Engine,
    module: Module,
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

/// A guest after its boot.
pub struct Booted {
    pub store: Store<Reach>,
    pub instance: Instance,
    pub memory: Memory,
    /// Where the file image lies in linear memory.
    pub image: Range<u32>,
    /// The guest's report, made by `wasgi_guest/boot.py`.
    pub report: Vec<u8>,
}

impl Booted {
    /// Calls an export without parameters that returns a number or an address.
    pub async fn call(&mut self, name: &str) -> Result<u32> {
        let function = self.instance.get_typed_func::<(), u32>(&mut self.store, name)?;
        Ok(function.call_async(&mut self.store, ()).await?)
    }

    /// Passes the file image to the guest.
    async fn take_image(&mut self, image: &[u8], cap: Size) -> Result<()> {
        let Booted { store, instance, memory, .. } = self;
        let allocate = instance.get_typed_func::<u32, u32>(&mut *store, "wasgi_alloc")?;
        let length = u32::try_from(image.len())?;
        let address = allocate.call_async(&mut *store, length).await?;
        ensure!(
            address != 0,
            "the application's files ({}) do not fit into the memory cap of {cap}: raise it with --memory",
            Size(image.len() as u64)
        );
        memory.write(&mut *store, address as usize, image)?;
        self.image = address..address + length;
        Ok(())
    }

    /// Passes the variables that the guest sees, each followed by NUL.
    async fn take_variables(&mut self, variables: &[(String, String)]) -> Result<()> {
        let text: String = variables.iter().map(|(name, value)| format!("{name}={value}\0")).collect();
        if text.is_empty() {
            return Ok(());
        }
        let allocate = self.instance.get_typed_func::<u32, u32>(&mut self.store, "wasgi_variables")?;
        let address = allocate.call_async(&mut self.store, u32::try_from(text.len())?).await?;
        ensure!(address != 0, "the variables that are granted do not fit into the memory cap: raise it with --memory");
        Ok(self.memory.write(&mut self.store, address as usize, text.as_bytes())?)
    }

    /// Passes what the probe has taught, for `wasgi_guest/boot.py`. A guest without memory for that imports and asks for
    /// nothing ahead.
    async fn take_lesson(&mut self, lesson: &Lesson) -> Result<()> {
        let is_warm = lesson.warmth == WarmUpOutcome::Warm;
        let text = serde_json::json!({ "warm": is_warm, "imports": lesson.lazy_imports }).to_string();
        let allocate = self.instance.get_typed_func::<u32, u32>(&mut self.store, "wasgi_lesson")?;
        let address = allocate.call_async(&mut self.store, u32::try_from(text.len())?).await?;
        if address != 0 {
            self.memory.write(&mut self.store, address as usize, text.as_bytes())?;
        }
        Ok(())
    }

    /// Passes the placement of allocations to the guest; if it has no memory for that, it places none.
    async fn write_places(&mut self, Placement(places): &Placement) -> Result<()> {
        let tell = self.instance.get_typed_func::<u32, u32>(&mut self.store, "wasgi_places")?;
        let start = tell.call_async(&mut self.store, u32::try_from(places.len())?).await? as usize;
        for (at, (number, size)) in (start..).step_by(12).zip(places).filter(|_| start != 0) {
            self.memory.write(&mut self.store, at, &number.to_le_bytes())?;
            self.memory.write(&mut self.store, at + 4, &size.to_le_bytes())?;
        }
        Ok(())
    }

    async fn boot(mut self, cap: Size) -> Result<Self> {
        // The report also says whether it went well.
        let booted = self.call("wasgi_boot").await;
        booted.with_context(|| {
            format!("the sandbox trapped while the application was imported (memory cap {cap}; --memory raises it)")
        })?;
        self.report = self.read_report().await?;
        Ok(self)
    }

    /// Calls an export without parameters or result.
    pub async fn tell(&mut self, name: &str) -> Result<()> {
        let function = self.instance.get_typed_func::<(), ()>(&mut self.store, name)?;
        Ok(function.call_async(&mut self.store, ()).await?)
    }

    /// The guest's latest report.
    pub async fn read_report(&mut self) -> Result<Vec<u8>> {
        let place = self.call("wasgi_report").await?;
        self.report_at(place)
    }

    /// The latest report, also of a guest that was stopped: its export `wasgi_report` gave the `place` before.
    pub fn report_at(&self, place: u32) -> Result<Vec<u8>> {
        read_report(self.memory.data(&self.store), place as usize)
    }

    /// Grows memory to at least this size.
    pub fn grow(&mut self, least: Option<Size>) -> Result<()> {
        let missing = least.map_or(0, |least| least.0.saturating_sub(self.memory_size().0));
        self.memory.grow(&mut self.store, missing.div_ceil(WASM_PAGE))?;
        Ok(())
    }

    /// Linear memory in use, in bytes.
    pub fn memory_size(&self) -> Size {
        Size(self.memory.data_size(&self.store) as u64)
    }
}

impl<'a> Guest<'a> {
    /// Compiles the core module, or takes its machine code from the cache.
    pub fn new(build: &BuildEngine, core_module: &'a [u8]) -> Result<Self> {
        let wizer = Wizer::new();
        let (context, instrumented) = wizer.instrument(core_module)?;
        Ok(Guest { engine: build.boot.clone(), module: build.module(&instrumented)?, wizer, context })
    }

    /// The machine code that [`Guest::new`] takes, with its name.
    pub fn machine_code(build: &BuildEngine, core_module: &[u8]) -> Result<(String, Vec<u8>)> {
        let (_, instrumented) = Wizer::new().instrument(core_module)?;
        build.module_code(&instrumented)
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
        let mut prepared = Booted { store, instance, memory, image: 0..0, report: vec![] };
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

    /// Writes a booted guest's memory and globals back into the core module. Requests will get what is `beyond` from their
    /// host.
    pub async fn snapshot(&self, booted: &mut Booted, beyond: Beyond) -> Result<Vec<u8>> {
        let seal = booted.instance.get_typed_func::<(i32, i32), ()>(&mut booted.store, "wasgi_seal")?;
        seal.call_async(&mut booted.store, (beyond.filesystem.into(), beyond.network.into())).await?;
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

/// `place` holds a pointer and a length.
fn read_report(memory: &[u8], place: usize) -> Result<Vec<u8>> {
    let found = words(memory, place).and_then(|[start, length]| memory.get(start as usize..)?.get(..length as usize));
    Ok(found.context("the guest left no report")?.to_vec())
}

/// Two consecutive words of linear memory.
pub fn words(memory: &[u8], at: usize) -> Option<[u32; 2]> {
    let (words, _) = memory.get(at..)?.as_chunks();
    let [first, second, ..] = words else { return None };
    Some([u32::from_le_bytes(*first), u32::from_le_bytes(*second)])
}
