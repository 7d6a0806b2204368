//! Boots CPython and imports the application inside the core module, then takes the snapshot.

use crate::console;
use crate::engine::BuildEngine;
use crate::stdio::{AppStream, Source};
use crate::units::Size;
use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};
use wasmtime::{Instance, Linker, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wizer::{WasmtimeWizer, Wizer};

/// What the guest found: the callable that will answer requests.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Application {
    pub module: String,
    pub attribute: String,
    /// `named`, `found` or `factory`.
    pub how: String,
    /// The callable's type.
    pub kind: String,
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A core module whose memory holds the interpreter with the application imported.
pub struct Snapshot {
    pub core_module: Vec<u8>,
    pub application: Application,
    /// Linear memory in use at rest, in bytes.
    pub memory: Size,
}

struct Boot {
    wasi: WasiP1Ctx,
    limits: StoreLimits,
}

/// Runs the guest's build-time exports on a file image and snapshots the result.
///
/// # Errors
/// When the application cannot be imported or found; the message is the guest's.
pub async fn take(build: &BuildEngine, guest: &[u8], image: &[u8], cap: Size) -> Result<Snapshot> {
    let wizer = Wizer::new();
    let (context, instrumented) = wizer.instrument(guest)?;
    let module = build.module(&instrumented)?;
    let mut linker = Linker::new(&build.engine);
    p1::add_to_linker_async(&mut linker, |boot: &mut Boot| &mut boot.wasi)?;
    // No request arrives while the snapshot is made, so nothing calls wasi:http.
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = store(build, cap);
    let instance = linker.instantiate_async(&mut store, &module).await?;
    let application = boot(&mut store, &instance, image, cap).await?;
    let memory = instance.get_memory(&mut store, "memory").context("the guest exports no memory")?.data_size(&store);
    let core_module = wizer.snapshot(&context, &mut WasmtimeWizer { store: &mut store, instance }).await?;
    Ok(Snapshot { core_module, application, memory: Size(memory as u64) })
}

fn store(build: &BuildEngine, cap: Size) -> Store<Boot> {
    // No directory, variable or argument of this machine reaches the guest; what it prints is shown.
    let wasi =
        WasiCtxBuilder::new().stdout(AppStream::new(Source::Stdout)).stderr(AppStream::new(Source::Stderr)).build_p1();
    let limits = StoreLimitsBuilder::new().memory_size(cap.0 as usize).build();
    let mut store = Store::new(&build.engine, Boot { wasi, limits });
    store.limiter(|boot| &mut boot.limits);
    // Nobody advances this engine's epoch: an import may take as long as it takes, and Ctrl+C ends it.
    store.set_epoch_deadline(u64::MAX);
    store
}

/// The guest's side is in `guest/src/boot.c`.
async fn boot(store: &mut Store<Boot>, instance: &Instance, image: &[u8], cap: Size) -> Result<Application> {
    instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?.call_async(&mut *store, ()).await?;
    let allocate = instance.get_typed_func::<u32, u32>(&mut *store, "wasgi_alloc")?;
    let address = allocate.call_async(&mut *store, u32::try_from(image.len())?).await?;
    ensure!(
        address != 0,
        "the application's files ({}) do not fit into the memory cap of {cap}: raise it with --memory",
        Size(image.len() as u64)
    );
    let memory = instance.get_memory(&mut *store, "memory").context("the guest exports no memory")?;
    memory.write(&mut *store, address as usize, image)?;
    let booted = instance.get_typed_func::<(), i32>(&mut *store, "wasgi_boot")?.call_async(&mut *store, ()).await;
    if let Err(trap) = booted {
        return Err(anyhow!(trap)).with_context(|| {
            format!("the sandbox trapped while the application was imported (memory cap {cap}; --memory raises it)")
        });
    }
    let place = instance.get_typed_func::<(), u32>(&mut *store, "wasgi_report")?.call_async(&mut *store, ()).await?;
    application(&report(memory.data(&store), place as usize)?)
}

/// `place` points at a pointer and a length.
fn report(memory: &[u8], place: usize) -> Result<Vec<u8>> {
    let field =
        |at: usize| -> Option<usize> { Some(u32::from_le_bytes(memory.get(at..at + 4)?.try_into().ok()?) as usize) };
    let range = field(place).zip(field(place + 4)).and_then(|(start, length)| memory.get(start..start + length));
    Ok(range.context("the guest left no report")?.to_vec())
}

fn application(report: &[u8]) -> Result<Application> {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    if let Ok(failure) = serde_json::from_slice::<Failure>(report) {
        bail!("{}", failure.message.trim_end());
    }
    let application: Application = serde_json::from_slice(report).context("the guest's report makes no sense")?;
    for note in &application.notes {
        console::line(&format!("wasgi: note: {note}"));
    }
    Ok(application)
}
