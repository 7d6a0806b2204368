//! A server from its ready line to its end.

use super::admin::Admin;
use super::handover::{Heir, Sockets};
use super::limits::Limits;
use super::listen::{self, Listener};
use super::manager;
use super::renewal::Renewal;
use super::signals::{Signals, Wish};
use crate::serve::http::front::Front;
use crate::terminal::{console, log};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// All that happens while the server accepts connections, and when it ends.
pub struct Lifetime<'a> {
    pub front: &'a Arc<Front>,
    pub limits: Limits,
    pub admin: Option<&'a Admin>,
    /// From a signal to the end of the listeners.
    pub drain_delay: Option<Duration>,
    pub signals: Signals,
    pub renewal: Option<Renewal>,
    pub heir: Heir,
}

/// Why it ends.
enum End {
    /// Ctrl+C or SIGTERM; and `--drain-delay` is over, if there was one.
    Stopped { drained: bool },
    /// This process answers in its place.
    Succeeded(u32),
}

impl Lifetime<'_> {
    /// Accepts until it is to end, then lets requests in flight finish.
    pub async fn live(mut self, listeners: Vec<Listener>) {
        let watchdog = manager::is_ready();
        match self.accept(&listeners).await {
            End::Succeeded(process) => {
                drop(watchdog);
                self.leave(listeners, process).await;
            }
            End::Stopped { drained } => {
                drop(listeners);
                manager::stops();
                console::line("wasgi: Shutting down... (what is in flight finishes; Ctrl+C again ends it at once)");
                if drained {
                    self.answer_the_last().await;
                }
                self.finish(self.limits.graceful_timeout).await;
            }
        }
        console::line("wasgi: goodbye");
    }

    async fn accept(&mut self, listeners: &[Listener]) -> End {
        let Lifetime { front, admin, signals, renewal, heir, .. } = self;
        let mut accepting = pin!(accept(listeners, front));
        loop {
            tokio::select! {
                () = &mut accepting => {}
                process = heir.ready() => return End::Succeeded(process),
                wish = signals.next() => match wish {
                    Wish::Stop => break,
                    Wish::Renew => renewal.iter().for_each(Renewal::begin),
                    Wish::Reopen => log::reopen(),
                    Wish::Succeed => heir.begin(Sockets::of(listeners, *admin)),
                },
            }
        }
        if let Some(admin) = admin {
            admin.state.drains();
        }
        let Some(delay) = self.drain_delay else { return End::Stopped { drained: false } };
        front.drain();
        console::line(&format!("wasgi: not ready any more; listening for {delay:?} still (--drain-delay)"));
        let drained = tokio::select! {
            biased;
            // Whoever is at the door by then is let in.
            () = &mut accepting => false,
            () = tokio::time::sleep(delay) => true,
            () = signals.stop() => false,
        };
        End::Stopped { drained }
    }

    /// Answers those who connected just before the door closed, and whose requests are on their way.
    async fn answer_the_last(&mut self) {
        tokio::select! {
            () = self.front.leave() => {}
            () = tokio::time::sleep(ON_ITS_WAY) => {}
            () = self.signals.stop() => {}
        }
    }

    /// Lets clients go to the new process when they like: each connection takes what is on its way, and says that it is
    /// the last one.
    async fn leave(&mut self, listeners: Vec<Listener>, process: u32) {
        listen::leave_files();
        drop(listeners);
        if let Some(admin) = self.admin {
            admin.leave();
        }
        manager::is_succeeded_by(process);
        console::line(&format!("wasgi: process {process} serves from now on; what is in flight here finishes"));
        let is_stopped = tokio::select! {
            () = self.front.leave() => return,
            () = tokio::time::sleep(self.limits.graceful_timeout) => false,
            () = self.signals.stop() => true,
        };
        if !is_stopped {
            // Idle connections close; what is in flight had its time.
            self.finish(LAST).await;
        }
    }

    async fn finish(&mut self, time: Duration) {
        tokio::select! {
            () = self.front.finish() => {}
            () = tokio::time::sleep(time) => {
                console::warning("wasgi: some requests did not finish in time (--graceful-timeout)");
            }
            () = self.signals.stop() => {}
        }
    }
}

/// From a connection to its request, by a proxy.
const ON_ITS_WAY: Duration = Duration::from_secs(1);
/// For idle connections to close.
const LAST: Duration = Duration::from_millis(100);

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
