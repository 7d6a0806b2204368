//! The server, from its sockets to its shutdown.

use super::handover::{Heir, Ready};
use super::lifetime::Lifetime;
use super::limits::Limits;
use super::listen::{Bound, Listener};
use super::reload::{self, Watched};
use super::renewal::{Renew, Renewal};
use super::report::Reporting;
use super::service::Service;
use super::setup::Setup;
use super::signals::Signals;
use super::worker;
use super::worst_case::WorstCase;
use crate::engine::artifact::Compiled;
use crate::serve::http::front::Front;
use crate::terminal::browser;
use crate::terminal::colour::{Style, styled};
use crate::terminal::console;
use crate::terminal::log::Background;
use anyhow::Result;
use std::io;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// How the application comes anew while the server runs.
pub enum Source {
    /// `wasgi run` builds it when a file changes.
    Watched {
        watched: Box<Watched>,
        /// Opens it in a browser, once.
        opens: bool,
    },
    /// `wasgi serve` reads it on SIGHUP.
    Renewed {
        renew: Renew,
        /// An older process waits for this one to be ready.
        ready: Option<Ready>,
    },
}

/// Serves until a signal stops it.
pub fn start(
    bound: Vec<Bound>,
    reporting: Reporting,
    compiled: &Compiled,
    description: &str,
    setup: Setup,
    source: Source,
) -> Result<()> {
    let runtime = runtime()?;
    let Reporting { reports, file, admin, drain_delay } = reporting;
    let _log = Background::start(file)?;
    runtime.block_on(async {
        let listeners = bound.into_iter().map(Listener::of).collect::<io::Result<Vec<_>>>()?;
        let (factory, most) = setup.factory(compiled).await?;
        let service = Service::new(factory, setup.exposure.clone(), setup.files.clone(), reports.clone());
        let service = Arc::new(service);
        let front = Front::new(service.clone(), setup.tls.clone(), setup.limits, setup.connections);
        // Before the ready line: a reader of that line may send a signal at once.
        let signals = Signals::new(matches!(source, Source::Renewed { .. }))?;
        if let Some(admin) = &admin {
            admin.is_ready(&front);
        }
        announce(&listeners, description, &setup, &most);
        let limits = setup.limits;
        let renewal = match source {
            Source::Watched { watched, opens } => {
                if opens {
                    let origin = listeners.iter().find_map(|listener| listener.url(setup.scheme()));
                    browser::open(origin.map(|origin| format!("{origin}{}/", setup.exposure.script_name)));
                }
                reload::watch(*watched, setup, &service)?;
                None
            }
            Source::Renewed { renew, ready } => {
                ready.into_iter().for_each(Ready::tell);
                Some(Renewal::new(renew, &service)?)
            }
        };
        let admin = admin.as_ref();
        Lifetime { front: &front, limits, admin, drain_delay, signals, renewal, heir: Heir::new() }
            .live(listeners)
            .await;
        reports.end();
        Ok(())
    })
}

/// The runtime that serves.
///
/// # Errors
/// When the system denies the resources for it.
pub fn runtime() -> io::Result<Runtime> {
    // A guest that computes yields at every other tick and is ready again at once. By default a thread whose tasks are
    // always ready polls its sockets only after 61 of them: 61 slices without other clients.
    Builder::new_multi_thread()
        .enable_all()
        .event_interval(1)
        .on_thread_park(worker::when_idle)
        .on_thread_stop(worker::catch_up)
        .build()
}

fn announce(listeners: &[Listener], description: &str, setup: &Setup, most: &WorstCase) {
    let Limits { memory, timeout, concurrency, .. } = &setup.limits;
    let addresses: Vec<_> = listeners.iter().map(|listener| listener.shown(setup.scheme())).collect();
    let addresses = styled(&addresses.join(" and "), Style::Strong);
    console::line(&format!("wasgi: serving {description}"));
    console::line(&format!("wasgi: memory is reset by {} ({})", setup.reset.name(), setup.reset.reason));
    console::line(&most.line());
    console::line(&format!(
        "wasgi: ready on {addresses} (memory cap {memory}, timeout {timeout:?}, {concurrency} at once; Ctrl+C stops)"
    ));
}
