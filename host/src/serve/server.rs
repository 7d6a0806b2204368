//! The server, from its sockets to its shutdown.

use super::applications::Applications;
use super::component::Ready;
use super::handover::{self, Heir};
use super::lifetime::Lifetime;
use super::listen::{Bound, Listener};
use super::opening::Opening;
use super::reload::{self, Watched};
use super::renewal::{Known, Renewal};
use super::report::Reporting;
use super::served::{Read, blaming};
use super::setup::Whole;
use super::signals::Signals;
use super::worker;
use crate::build::first_look::FirstLook;
use crate::serve::http::front::Front;
use crate::terminal::browser;
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
        looks: Box<FirstLook>,
        /// Opens it in a browser, once.
        opens: bool,
    },
    /// `wasgi serve` reads it on SIGHUP.
    Renewed {
        read: Read,
        known: Known,
        /// An older process waits for this one to be ready.
        ready: Option<handover::Ready>,
    },
}

/// Serves until a signal stops it.
///
/// # Errors
/// When an application cannot be served, or the system denies the resources for it.
pub fn start(bound: Vec<Bound>, reporting: Reporting, whole: Whole, served: Vec<Ready>, source: Source) -> Result<()> {
    let runtime = runtime()?;
    let Reporting { reports, metrics, file, admin, drain_delay } = reporting;
    let _log = Background::start(file)?;
    runtime.block_on(async {
        let listeners = bound.into_iter().map(Listener::of).collect::<io::Result<Vec<_>>>()?;
        let limits = whole.limits;
        let applications = Applications::new(whole.exposure.clone(), reports.clone(), metrics, limits);
        let applications = Arc::new(applications);
        let mut opening = Opening::new(&listeners, &whole);
        for one in &served {
            let made = one.setup.factory(&one.compiled).await;
            let (factory, most) = blaming(one.setup.name.as_ref(), made)?;
            applications.serve(&one.setup, one.route.clone(), factory, most.of_all().0);
            opening.serves(one, &most);
        }
        let scheme = whole.scheme();
        let Whole { tls, connections, .. } = whole;
        let front = Front::new(applications.clone(), tls, limits, connections);
        // Before the ready line: a reader of that line may send a signal at once.
        let signals = Signals::new(matches!(source, Source::Renewed { .. }))?;
        if let Some(admin) = &admin {
            admin.is_ready(&front);
        }
        opening.announce(&applications);
        let renewal = match source {
            Source::Watched { watched, looks, opens } => {
                let setup = served.into_iter().next().expect("one application is watched").setup;
                if opens {
                    let origin = listeners.iter().find_map(|listener| listener.url(scheme));
                    browser::open(origin.map(|origin| format!("{origin}{}/", setup.script_name)));
                }
                reload::watch(*watched, *looks, setup, &applications)?;
                None
            }
            Source::Renewed { read, known, ready } => {
                // Their files are mapped, and need not stay open.
                drop(served);
                ready.into_iter().for_each(handover::Ready::tell);
                Some(Renewal::new(read, known, &applications)?)
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
