//! What signals ask of a server.

use crate::terminal::log;
use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
pub enum Wish {
    /// Ctrl+C, or SIGTERM from a service manager.
    Stop,
    /// SIGHUP.
    Renew,
    /// SIGUSR1: the access log's file was renamed.
    Reopen,
    /// SIGUSR2: the program comes anew.
    Succeed,
}

pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// SIGHUP, where it does not end the server.
    hangup: Option<Signal>,
    user: Signal,
    /// SIGUSR2, where another process can go on.
    second: Option<Signal>,
}

impl Signals {
    /// Those that a server answers; of a component, which `renews`, there are more.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(renews: bool) -> Result<Self> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: renews.then(|| signal(SignalKind::hangup())).transpose()?,
            user: signal(SignalKind::user_defined1())?,
            second: renews.then(|| signal(SignalKind::user_defined2())).transpose()?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Wish {
        let Signals { interrupt, terminate, hangup, user, second } = self;
        tokio::select! {
            _ = interrupt.recv() => Wish::Stop,
            _ = terminate.recv() => Wish::Stop,
            () = received(hangup.as_mut()) => Wish::Renew,
            _ = user.recv() => Wish::Reopen,
            () = received(second.as_mut()) => Wish::Succeed,
        }
    }

    /// One that asks for the end.
    pub async fn stop(&mut self) {
        loop {
            match self.next().await {
                Wish::Stop => return,
                Wish::Renew | Wish::Succeed => {}
                Wish::Reopen => log::reopen(),
            }
        }
    }
}

async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
