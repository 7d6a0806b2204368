//! One run of the guest's build-time exports (`guest/src/boot.c`) on a file image.

use super::cap::Cap;
use super::fixed::Fixed;
use crate::engine::BuildEngine;
use crate::stdio::{AppStream, Budget, Source};
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Result, anyhow, ensure};
use std::ops::Range;
use std::sync::Arc;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wizer::{ModuleContext, WasmtimeWizer, Wizer};

/// The guest's core module, compiled and ready to boot, with the snapshot's hooks in it.
pub struct Guest<'a> {
    engine: Engine,
    module: Module,
    wizer: Wizer,
    context: ModuleContext<'a>,
}

/// What a booting guest can reach.
pub struct Reach {
    wasi: WasiP1Ctx,
    cap: Cap,
    output: Arc<Budget>,
}

impl Reach {
    /// From now on the guest prints nothing that is shown, and gets no more memory than it has.
    pub fn close(&mut self, memory: Size) {
        self.output.close();
        self.cap = Cap::trial(memory);
    }
}

/// A guest after its boot.
pub struct Booted {
    pub store: Store<Reach>,
    pub instance: Instance,
    pub memory: Memory,
    /// Where the file image lies in linear memory.
    pub image: Range<u32>,
    /// What the guest has to say; `wasgi_guest/boot.py` makes it.
    pub report: Vec<u8>,
}

impl Booted {
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
        Ok(Guest { engine: build.engine.clone(), module: build.module(&instrumented)?, wizer, context })
    }

    /// Starts CPython on `image` and lets it do what the image's configuration says, within `cap`. With `fixed`, the
    /// same image makes the same memory.
    ///
    /// # Errors
    /// When the image does not fit or the guest traps. What the guest itself finds wrong is in the report.
    pub async fn boot(&self, image: &[u8], cap: &Cap, fixed: Option<Fixed>) -> Result<Booted> {
        let mut linker = Linker::new(&self.engine);
        p1::add_to_linker_async(&mut linker, |reach: &mut Reach| &mut reach.wasi)?;
        // No request arrives at build time, so nothing calls wasi:http.
        linker.define_unknown_imports_as_traps(&self.module)?;
        let needed = Size(self.module.resources_required().max_initial_memory_size.unwrap_or(0) * WASM_PAGE);
        ensure!(
            cap.grants(needed),
            "Python alone takes {needed} of memory, more than the cap of {}: raise --memory",
            cap.size
        );
        let mut store = store(&self.engine, cap, fixed);
        let instance = linker.instantiate_async(&mut store, &self.module).await?;
        let memory = instance.get_memory(&mut store, "memory").context("the guest exports no memory")?;
        let image = run(&mut store, &instance, memory, image, cap.size).await?;
        let place = instance.get_typed_func::<(), u32>(&mut store, "wasgi_report")?.call_async(&mut store, ()).await?;
        let report = read_report(memory.data(&store), place as usize)?;
        Ok(Booted { store, instance, memory, image, report })
    }

    /// Writes a booted guest's memory and globals back into the core module. With `filesystem`, requests will ask
    /// their host for directories.
    pub async fn snapshot(&self, booted: &mut Booted, filesystem: bool) -> Result<Vec<u8>> {
        let seal = booted.instance.get_typed_func::<i32, ()>(&mut booted.store, "wasgi_seal")?;
        seal.call_async(&mut booted.store, i32::from(filesystem)).await?;
        let mut state = WasmtimeWizer { store: &mut booted.store, instance: booted.instance };
        Ok(self.wizer.snapshot(&self.context, &mut state).await?)
    }
}

fn store(engine: &Engine, cap: &Cap, fixed: Option<Fixed>) -> Store<Reach> {
    // No directory, variable or argument of this machine reaches the guest; what it prints is shown.
    let mut wasi = WasiCtxBuilder::new();
    let output = Budget::new(u64::MAX);
    if cap.is_trial {
        output.close();
    }
    wasi.stdout(AppStream::new(Source::Stdout, output.clone())).stderr(AppStream::new(Source::Stderr, output.clone()));
    if let Some(fixed) = fixed {
        fixed.apply(&mut wasi);
    }
    let mut store = Store::new(engine, Reach { wasi: wasi.build_p1(), cap: cap.clone(), output });
    store.limiter(|reach| &mut reach.cap);
    // Nobody advances this engine's epoch: an import may take as long as it takes, and Ctrl+C ends it.
    store.set_epoch_deadline(u64::MAX);
    store
}

/// Hands the file image over and boots. Gives the image's place in memory.
async fn run(
    store: &mut Store<Reach>,
    instance: &Instance,
    memory: Memory,
    image: &[u8],
    cap: Size,
) -> Result<Range<u32>> {
    instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?.call_async(&mut *store, ()).await?;
    let allocate = instance.get_typed_func::<u32, u32>(&mut *store, "wasgi_alloc")?;
    let length = u32::try_from(image.len())?;
    let address = allocate.call_async(&mut *store, length).await?;
    ensure!(
        address != 0,
        "the application's files ({}) do not fit into the memory cap of {cap}: raise it with --memory",
        Size(image.len() as u64)
    );
    memory.write(&mut *store, address as usize, image)?;
    let boot = instance.get_typed_func::<(), i32>(&mut *store, "wasgi_boot")?;
    let booted = boot.call_async(&mut *store, ()).await;
    booted.map_err(|trap| anyhow!(trap)).with_context(|| {
        format!("the sandbox trapped while the application was imported (memory cap {cap}; --memory raises it)")
    })?;
    Ok(address..address + length)
}

/// `place` points at a pointer and a length.
fn read_report(memory: &[u8], place: usize) -> Result<Vec<u8>> {
    let field =
        |at: usize| -> Option<usize> { Some(u32::from_le_bytes(memory.get(at..at + 4)?.try_into().ok()?) as usize) };
    let range = field(place).zip(field(place + 4)).and_then(|(start, length)| memory.get(start..start + length));
    Ok(range.context("the guest left no report")?.to_vec())
}
