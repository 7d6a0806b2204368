//! The server, from its sockets to its shutdown.

use super::admin::Admin;
use super::applications::Applications;
use super::component::Ready;
use super::limits::Limits;
use super::listen::{Bound, Listener};
use super::manager;
use super::opening::Opening;
use super::reload::{self, Watched};
use super::renewal::{Known, Renewal};
use super::report::Reporting;
use super::served::{Read, blaming};
use super::setup::Whole;
use super::worker;
use crate::serve::http::front::Front;
use crate::terminal::console;
use crate::terminal::log::{self, Background};
use anyhow::Result;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How the application comes anew while the server runs.
pub enum Source {
    /// `wasgi run` builds it when a file changes.
    Watched(Box<Watched>),
    /// `wasgi serve` reads it on SIGHUP.
    Renewed(Read, Known),
}

/// Serves until a signal stops it.
pub fn start(
    bound: Vec<Bound>,
    reporting: Reporting,
    whole: Whole,
    mut ready: Vec<Ready>,
    source: Source,
) -> Result<()> {
    // A guest that computes yields at every other tick and is ready again at once. By default a thread whose tasks are
    // always ready polls its sockets only after 61 of them: 61 slices without other clients.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(1)
        .on_thread_park(worker::when_idle)
        .on_thread_stop(worker::catch_up)
        .build()?;
    let Reporting { reports, metrics, file, admin, drain_delay } = reporting;
    let _log = Background::start(file)?;
    runtime.block_on(async {
        let listeners = bound.into_iter().map(Listener::of).collect::<io::Result<Vec<_>>>()?;
        let limits = whole.limits;
        let applications = Applications::new(whole.exposure.clone(), reports.clone(), metrics, limits);
        let applications = Arc::new(applications);
        let mut opening = Opening::new(&listeners, &whole);
        for one in &ready {
            let made = one.setup.factory(&one.compiled).await;
            let (factory, most) = blaming(one.setup.name.as_ref(), made)?;
            applications.serve(&one.setup, one.route.clone(), factory, most.of_all().0);
            opening.serves(one, &most);
        }
        let Whole { tls, connections, .. } = whole;
        let front = Front::new(applications.clone(), tls, limits, connections);
        // Before the ready line: a reader of that line may send a signal at once.
        let mut signals = Signals::new(matches!(source, Source::Renewed(..)))?;
        if let Some(admin) = &admin {
            admin.is_ready(&front);
        }
        opening.announce(&applications);
        let renewal = match source {
            Source::Watched(watched) => {
                let Ready { setup, .. } = ready.remove(0);
                reload::watch(*watched, setup, &applications)?;
                None
            }
            Source::Renewed(read, known) => Some(Renewal::new(read, known, &applications)?),
        };
        // Their files are mapped, and need not stay open.
        drop(ready);
        let drain = Drain { delay: drain_delay, admin: admin.as_ref() };
        let served = serve(listeners, &front, limits, &mut signals, renewal, drain).await;
        reports.end();
        served
    })
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
