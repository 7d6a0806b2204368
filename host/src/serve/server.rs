//! The server, from its port to its shutdown.

use super::limits::Limits;
use super::reload::{self, Watched};
use super::service::Service;
use super::setup::Setup;
use super::worker;
use super::worst_case::WorstCase;
use crate::engine::artifact::Compiled;
use crate::serve::http::front::Front;
use crate::terminal::console;
use crate::terminal::log::Background;
use anyhow::Result;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Binds the port before anything slow happens, so that a port in use is reported at once.
pub fn bind(address: SocketAddr) -> Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow::anyhow!("{address} is in use: stop what listens there, or choose another port with --bind")
        }
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address}: choose another --bind")),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until a signal stops it; a watched application is rebuilt when it changes.
pub fn start(
    listener: std::net::TcpListener,
    compiled: &Compiled,
    description: &str,
    setup: Setup,
    watched: Option<Watched>,
) -> Result<()> {
    // A guest that computes yields at every other tick and is ready again at once. By default a thread whose tasks are
    // always ready polls its sockets only after 61 of them: 61 slices without other clients.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(1)
        .on_thread_park(worker::when_idle)
        .on_thread_stop(worker::catch_up)
        .build()?;
    let _log = Background::start()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        // Before the ready line: a reader of that line may send a signal at once.
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

fn announce(address: SocketAddr, description: &str, setup: &Setup, most: &WorstCase) {
    let Limits { memory, timeout, concurrency, .. } = &setup.limits;
    let scheme = if setup.tls.is_some() { "https" } else { "http" };
    console::line(&format!("wasgi: serving {description}"));
    console::line(&format!("wasgi: memory is reset by {} ({})", setup.reset.name(), setup.reset.reason));
    console::line(&most.line());
    console::line(&format!(
        "wasgi: ready on {scheme}://{address} (memory cap {memory}, timeout {timeout:?}, {concurrency} at once; Ctrl+C stops)"
    ));
}

/// Accepts until Ctrl+C or SIGTERM, then lets requests in flight finish.
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
