//! `wasgi serve` and `wasgi run`: HTTP in front, a fresh sandbox for every request behind.

mod answers;
mod attend;
mod body;
mod cached;
mod clock;
mod cpu;
mod crowd;
mod env_file;
mod environment;
mod error;
mod faults;
mod file_stream;
mod files;
mod filesystem;
mod forwarded;
mod front;
mod grants;
mod import_locks;
mod in_process;
mod limits;
mod locks;
mod meter;
mod most;
mod origin;
mod pages;
mod quota;
mod random;
mod ranges;
mod record;
mod reload;
mod request_body;
mod reset;
mod sandbox;
mod service;
mod slots;
mod spares;
mod stacks;
mod ticks;
mod unread;
mod usage;
mod verify;

pub use filesystem::Directory;
pub use forwarded::Proxies;
pub use front::{TlsArgs, most_connections};
pub use grants::{GrantArgs, Grants, named};
pub use import_locks::ImportLocks;
pub use in_process::{InProcess, Written};
pub use limits::{Limits, TABLE_ELEMENTS};
pub use reset::{Reset, ResetArg};
pub use service::Exposure;
pub use slots::Slots;
pub use stacks::Stacks;
pub use verify::Share;

use crate::build::{self, Importable};
use crate::cli::{AppArgs, HostArgs, RunArgs, ServeArgs};
use crate::compiled::Compiled;
use crate::console;
use crate::engine::{self, BuildEngine};
use crate::inspect::Anatomy;
use crate::log::Background;
use crate::machine;
use crate::metadata::{self, Application, Metadata};
use crate::precompiled;
use crate::units::Size;
use anyhow::{Context, Result};
use front::Front;
use most::Most;
pub use most::most_of_all;
use reload::{Inputs, Watched};
use sandbox::Factory;
use service::Service;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_rustls::TlsAcceptor;

/// What lives as long as the server, whatever application it serves.
#[derive(Clone)]
struct Setup {
    limits: Limits,
    grants: Grants,
    reset: Reset,
    exposure: Exposure,
    tls: Option<TlsAcceptor>,
    /// The most.
    connections: usize,
}

impl Setup {
    fn new(args: &HostArgs, grants: Grants) -> Result<Self> {
        let HostArgs { limits, serving, .. } = args;
        let reset = Reset::choose(serving.reset, serving.verify_reset)?;
        let tls = front::acceptor(&serving.tls)?;
        let connections = front::most_connections(limits.connections)?;
        Ok(Setup { limits: *limits, grants, reset, exposure: serving.exposure(), tls, connections })
    }

    /// How `wasgi run` builds for it.
    fn build_options(&self, app: &AppArgs) -> build::Options {
        let warm_up = build::WarmUp::of(&app.snapshot);
        let filesystem = self.grants.has_directories();
        build::Options {
            memory: self.limits.memory,
            filesystem,
            grants: self.grants.clone(),
            at_least: None,
            fixed: None,
            warm_up,
        }
    }

    /// An engine of its own for the component, proven to start, and the most that a request takes.
    async fn factory(&self, compiled: &Compiled) -> Result<(Factory, Most)> {
        self.factory_in(compiled, Slots::new(compiled.snapshot()?, self.reset)?).await
    }

    /// The same with its sandboxes in these slots.
    async fn factory_in(&self, compiled: &Compiled, slots: Slots) -> Result<(Factory, Most)> {
        // What built or compiled the component is done.
        machine::trim();
        let untold = slots.untold();
        let engine = engine::serving(slots)?;
        let component = compiled.load(&engine)?;
        engine::check_memory(&component, untold, self.limits.memory)?;
        let factory = Factory::new(&engine, &component, self.limits, self.grants.clone(), untold)?;
        let most = factory.try_out().await?;
        Ok((factory, most))
    }
}

/// `wasgi run`: builds in memory, then serves.
pub fn run(args: RunArgs) -> Result<()> {
    let inputs = Inputs::of(&args)?;
    let setup = Setup::new(&args.host, inputs.grants()?)?;
    let listener = bind(args.host.serving.bind)?;
    let watched = Watched::new(args.app, inputs)?;
    let ready = build::in_memory(watched.app(), setup.build_options(watched.app()))?;
    start(listener, &ready.compiled, &ready.description, setup, Some(watched))
}

/// `wasgi serve`: serves a component file.
pub fn command(args: ServeArgs) -> Result<()> {
    let mut setup = Setup::new(&args.host, Grants::read(&args.host.grants, None)?)?;
    let listener = bind(args.host.serving.bind)?;
    let (description, compiled) = prepare(&args, &mut setup)?;
    start(listener, &compiled, &description, setup, None)
}

/// Gives the component's machine code, and who is served. Nothing that it took to get there is kept while serving: the
/// component itself, or the machine code that was known before.
fn prepare(args: &ServeArgs, setup: &mut Setup) -> Result<(String, Compiled)> {
    if precompiled::is_named_so(&args.component) {
        let (note, compiled) = precompiled::open(&args.component)?;
        let description = describe(&args.component, setup, note.application.zip(note.memory));
        if !args.import_at_start {
            return Ok((description, compiled));
        }
        let importable = note.importable.context(NOT_IMPORTABLE)?;
        let memory = compiled.snapshot()?.memory()?;
        let imported = importable.import(&BuildEngine::new()?, &memory, Some(&compiled), &setup.grants)?;
        return Ok((description, imported));
    }
    let bytes = metadata::read(&args.component)?;
    metadata::check(&args.component, &bytes)?;
    let told = Metadata::of(&bytes).map(|metadata| (metadata.application, metadata.memory.cap));
    let description = describe(&args.component, setup, told);
    let engine = BuildEngine::new()?;
    if !args.import_at_start {
        return Ok((description, build::compile(&engine, &bytes)?));
    }
    let importable = Importable::of(&bytes).context(NOT_IMPORTABLE)?;
    let memory = Anatomy::of(&bytes)?.guest()?.memory()?;
    Ok((description, importable.import(&engine, &memory, None, &setup.grants)?))
}

const NOT_IMPORTABLE: &str = "--import-at-start: only what `wasgi build` made holds what its snapshot was made of";

/// Who is served; what the file says of its application and cap counts.
fn describe(path: &Path, setup: &mut Setup, told: Option<(Application, Size)>) -> String {
    let path = path.display();
    let Some((application, cap)) = told else { return path.to_string() };
    setup.limits.memory = setup.limits.memory.min(cap);
    format!("{path}: {}:{} ({})", application.module, application.attribute, application.kind)
}

/// Takes the port before anything slow happens, so that a port in use is told at once.
fn bind(address: SocketAddr) -> Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow::anyhow!("{address} is in use: stop what listens there, or choose another port with --bind")
        }
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address}: choose another --bind")),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until told to stop; a watched application is built anew when it changes.
fn start(
    listener: std::net::TcpListener,
    compiled: &Compiled,
    description: &str,
    setup: Setup,
    watched: Option<Watched>,
) -> Result<()> {
    // A guest that computes gives way at every other tick and is ready again at once. By default a thread whose tasks
    // are always ready looks at its sockets only after 61 of them: 61 slices in which nobody else is heard.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(1)
        .on_thread_park(when_idle)
        .on_thread_stop(spares::catch_up)
        .build()?;
    let _log = Background::start()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        // Before the ready line: who reads it may send a signal at once.
        let mut stop = StopSignal::new()?;
        let (factory, most) = setup.factory(compiled).await?;
        let service = Arc::new(Service::new(factory, setup.exposure.clone()));
        announce(listener.local_addr()?, description, &setup, &most);
        let (limits, tls) = (setup.limits, setup.tls.clone());
        let front = Front::new(service.clone(), tls, limits, setup.connections);
        if let Some(watched) = watched {
            reload::watch(watched, setup, &service)?;
        }
        serve(listener, &front, limits, &mut stop).await
    })
}

/// What a thread does when it has nothing else to do: first what somebody waits for.
fn when_idle() {
    front::outbox::send();
    spares::catch_up();
}

fn announce(address: SocketAddr, description: &str, setup: &Setup, most: &Most) {
    let Limits { memory, timeout, concurrency, .. } = &setup.limits;
    let scheme = if setup.tls.is_some() { "https" } else { "http" };
    console::line(&format!("wasgi: serving {description}"));
    console::line(&format!("wasgi: memory is reset by {} ({})", setup.reset.name(), setup.reset.reason));
    console::line(&most.line());
    console::line(&format!(
        "wasgi: ready on {scheme}://{address} (memory cap {memory}, timeout {timeout:?}, {concurrency} at once; Ctrl+C stops)"
    ));
}

/// Accepts until Ctrl+C or SIGTERM, then lets what is in flight finish.
async fn serve(listener: TcpListener, front: &Arc<Front>, limits: Limits, stop: &mut StopSignal) -> Result<()> {
    tokio::select! {
        () = front.accept(&listener) => {}
        () = stop.received() => {}
    }
    drop(listener);
    console::line("wasgi: Shutting down... (what is in flight finishes; Ctrl+C again ends it at once)");
    tokio::select! {
        () = front.finish() => {}
        () = tokio::time::sleep(limits.timeout) => console::line("wasgi: some requests did not finish in time"),
        () = stop.received() => {}
    }
    console::line("wasgi: goodbye");
    Ok(())
}

/// Ctrl+C, or SIGTERM from a service manager.
struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    fn new() -> Result<Self> {
        Ok(StopSignal { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
