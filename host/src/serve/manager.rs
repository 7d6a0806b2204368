//! What a service manager is told (sd_notify(3)); nothing where none asks. A failure is not worth ending a server.

use sd_notify::NotifyState;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Signs of life, ended when dropped.
pub struct Watchdog(Option<JoinHandle<()>>);

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Tells that requests are answered from now on. From then on the serving runtime shows that it lives, if a watchdog
/// asks for that (`WatchdogSec=`).
pub fn is_ready() -> Watchdog {
    is_ready_again();
    // Twice in its time, as sd_watchdog_enabled(3) recommends.
    let task = sd_notify::watchdog_enabled().map(|time| tokio::spawn(show_life(time / 2)));
    Watchdog(task)
}

async fn show_life(interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// The application comes anew; requests are answered meanwhile.
pub fn reloads() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

pub fn is_ready_again() {
    tell(&[NotifyState::Ready]);
}

/// Another process of this service answers from now on.
pub fn is_succeeded_by(process: u32) {
    tell(&[NotifyState::MainPid(process)]);
}

pub fn stops() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState]) {
    let _ = sd_notify::notify(states);
}
