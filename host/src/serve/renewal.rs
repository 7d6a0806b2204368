//! `wasgi serve` reads its component anew on SIGHUP and changes over between two requests. One that cannot be served is
//! refused, and the old one goes on.

use super::manager;
use super::service::Service;
use super::setup::Setup;
use crate::engine::artifact::Compiled;
use crate::terminal::console;
use anyhow::Result;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// Reads what is to be served now, and how: its description, machine code and settings.
pub type Renew = Arc<dyn Fn() -> Result<(String, Compiled, Setup)> + Send + Sync>;

/// Lives as long as the server, with a thread that reads and waits.
pub struct Renewal(SyncSender<()>);

struct State {
    renew: Renew,
    service: Weak<Service>,
}

impl Renewal {
    /// Must be called in the serving runtime.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn new(renew: Renew, service: &Arc<Service>) -> Result<Self> {
        let (state, runtime) = (State { renew, service: Arc::downgrade(service) }, Handle::current());
        let (asking, asked) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("renewal".into())
            .spawn(move || asked.iter().for_each(|()| state.renew(&runtime)))?;
        Ok(Renewal(asking))
    }

    /// Requests are served meanwhile. If it is being read already, it is read once more afterwards, as the file may have
    /// changed behind the reader.
    pub fn begin(&self) {
        // Full: once more is enough, however often it was asked for.
        let _ = self.0.try_send(());
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
                console::warning("wasgi: still serving the old component");
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
