//! The server, from its sockets to its shutdown.

use super::admin::Admin;
use super::limits::Limits;
use super::listen::{Bound, Listener};
use super::manager;
use super::reload::{self, Watched};
use super::renewal::{Renew, Renewal};
use super::report::Reporting;
use super::service::Service;
use super::setup::Setup;
use super::worker;
use super::worst_case::WorstCase;
use crate::engine::artifact::Compiled;
use crate::serve::http::front::Front;
use crate::terminal::browser;
use crate::terminal::colour::{Style, styled};
use crate::terminal::console;
use crate::terminal::log::{self, Background};
use anyhow::Result;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How the application comes anew while the server runs.
pub enum Source {
    /// `wasgi run` builds it when a file changes.
    Watched {
        watched: Box<Watched>,
        /// Opens it in a browser, once.
        opens: bool,
    },
    /// `wasgi serve` reads it on SIGHUP.
    Renewed(Renew),
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
        let mut signals = Signals::new(matches!(source, Source::Renewed(_)))?;
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
            Source::Renewed(renew) => Some(Renewal::new(renew, &service)?),
        };
        let drain = Drain { delay: drain_delay, admin: admin.as_ref() };
        let served = serve(listeners, &front, limits, &mut signals, renewal, drain).await;
        reports.end();
        served
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

/// What happens between a signal to stop and the end of the listeners.
struct Drain<'a> {
    delay: Option<Duration>,
    admin: Option<&'a Admin>,
}

impl Drain<'_> {
    fn begin(&self) {
        if let Some(admin) = self.admin {
            admin.state.drains();
        }
        if let Some(delay) = self.delay {
            console::line(&format!("wasgi: not ready any more; listening for {delay:?} still (--drain-delay)"));
        }
    }

    async fn is_over(&self) {
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
    }
}

/// Accepts until Ctrl+C or SIGTERM, then lets requests in flight finish.
async fn serve(
    listeners: Vec<Listener>,
    front: &Arc<Front>,
    limits: Limits,
    signals: &mut Signals,
    renewal: Option<Renewal>,
    drain: Drain<'_>,
) -> Result<()> {
    let _watchdog = manager::is_ready();
    {
        let mut accepting = pin!(accept(&listeners, front));
        loop {
            tokio::select! {
                () = &mut accepting => {}
                wish = signals.next() => match wish {
                    Wish::Stop => break,
                    Wish::Renew => renewal.iter().for_each(Renewal::begin),
                    Wish::Reopen => log::reopen(),
                },
            }
        }
        drain.begin();
        tokio::select! {
            () = &mut accepting => {}
            () = drain.is_over() => {}
            () = signals.stop() => {}
        }
    }
    drop(listeners);
    manager::stops();
    console::line("wasgi: Shutting down... (what is in flight finishes; Ctrl+C again ends it at once)");
    tokio::select! {
        () = front.finish() => {}
        () = tokio::time::sleep(limits.graceful_timeout) => {
            console::warning("wasgi: some requests did not finish in time (--graceful-timeout)");
        }
        () = signals.stop() => {}
    }
    console::line("wasgi: goodbye");
    Ok(())
}

/// Accepts connections of all listeners for ever, in the task that calls it: connections are tasks, and no others are.
async fn accept(listeners: &[Listener], front: &Arc<Front>) {
    let accept = |listener| -> Pin<Box<dyn Future<Output = ()>>> { Box::pin(front.accept(listener)) };
    let mut all: Vec<_> = listeners.iter().map(accept).collect();
    poll_fn(|context| {
        for one in &mut all {
            let _ = one.as_mut().poll(context);
        }
        Poll::Pending
    })
    .await
}

/// What a signal asks for.
enum Wish {
    /// Ctrl+C, or SIGTERM from a service manager.
    Stop,
    /// SIGHUP.
    Renew,
    /// SIGUSR1: the access log's file was renamed.
    Reopen,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// SIGHUP, where it does not end the server.
    hangup: Option<Signal>,
    user: Signal,
}

impl Signals {
    fn new(renews: bool) -> Result<Self> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: renews.then(|| signal(SignalKind::hangup())).transpose()?,
            user: signal(SignalKind::user_defined1())?,
        })
    }

    /// The next one.
    async fn next(&mut self) -> Wish {
        let Signals { interrupt, terminate, hangup, user } = self;
        let renew = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => Wish::Stop,
            _ = terminate.recv() => Wish::Stop,
            _ = renew => Wish::Renew,
            _ = user.recv() => Wish::Reopen,
        }
    }

    async fn stop(&mut self) {
        loop {
            match self.next().await {
                Wish::Stop => return,
                Wish::Renew => {}
                Wish::Reopen => log::reopen(),
            }
        }
    }
}
