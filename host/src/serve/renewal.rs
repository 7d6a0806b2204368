//! `wasgi serve` reads its component anew on SIGHUP and changes over between two requests. One that cannot be served is
//! refused, and the old one goes on.

use super::manager;
use super::service::Service;
use super::setup::Setup;
use crate::engine::artifact::Compiled;
use crate::terminal::console;
use anyhow::Result;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// Reads what is to be served now, and how: its description, machine code and settings.
pub type Renew = Arc<dyn Fn() -> Result<(String, Compiled, Setup)> + Send + Sync>;

/// Lives as long as the server.
pub struct Renewal(Arc<State>);

struct State {
    renew: Renew,
    service: Weak<Service>,
    /// A thread reads the component.
    is_busy: AtomicBool,
    /// It was asked for once more since it began.
    again: AtomicBool,
}

impl Renewal {
    /// Must be called in the serving runtime, as the others.
    pub fn new(renew: Renew, service: Arc<Service>) -> Self {
        let (is_busy, again) = (AtomicBool::new(false), AtomicBool::new(false));
        Renewal(Arc::new(State { renew, service: Arc::downgrade(&service), is_busy, again }))
    }

    /// Begins on a thread of its own; requests are served meanwhile. One that runs already reads once more afterwards,
    /// as the file may have changed behind it.
    pub fn begin(&self) {
        self.0.again.store(true, SeqCst);
        if self.0.is_busy.swap(true, SeqCst) {
            return;
        }
        let (state, runtime) = (self.0.clone(), Handle::current());
        let spawned = std::thread::Builder::new().name("renewal".into()).spawn(move || {
            while state.again.swap(false, SeqCst) {
                state.renew(&runtime);
            }
            state.is_busy.store(false, SeqCst);
        });
        if let Err(error) = spawned {
            self.0.is_busy.store(false, SeqCst);
            console::line(&format!("wasgi: cannot read the component anew: {error}; still serving the old one"));
        }
    }
}

impl State {
    fn renew(&self, runtime: &Handle) {
        manager::reloads();
        console::line("wasgi: SIGHUP: reading the component anew");
        match self.exchange(runtime) {
            Ok(description) => console::line(&format!("wasgi: serving {description} now")),
            Err(error) => {
                console::error(&error);
                console::line("wasgi: still serving the old component");
            }
        }
        manager::is_ready_again();
    }

    fn exchange(&self, runtime: &Handle) -> Result<String> {
        let (description, compiled, setup) = (self.renew)()?;
        let (factory, _) = runtime.block_on(setup.factory(&compiled))?;
        if let Some(service) = self.service.upgrade() {
            service.replace(factory);
        }
        Ok(description)
    }
}
