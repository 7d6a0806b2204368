//! `wasgi run` builds anew when a file of the application changes; requests in flight finish on the old one.

use super::Setup;
use super::sandbox::Factory;
use super::service::Service;
use crate::build::{self, Changes};
use crate::cli::AppArgs;
use crate::console;
use anyhow::Result;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;

/// How often the application's folder is looked at: half of it is the usual wait after saving a file.
const INTERVAL: Duration = Duration::from_millis(500);

/// An application, and what its files were like before it was built: nothing that changes since then is missed.
pub struct Watched {
    app: AppArgs,
    changes: Changes,
}

impl Watched {
    /// `granted` directories are not the application's.
    pub fn new(app: AppArgs, granted: &[PathBuf]) -> Result<Self> {
        Ok(Watched { changes: Changes::of(&app, granted)?, app })
    }

    pub fn app(&self) -> &AppArgs {
        &self.app
    }
}

/// Watches from a thread of its own, as long as the service lives.
pub fn watch(watched: Watched, setup: Setup, service: &Arc<Service>) -> Result<()> {
    let Watched { app, mut changes } = watched;
    let service = Arc::downgrade(service);
    let runtime = Handle::current();
    std::thread::Builder::new().name("reload".into()).spawn(move || {
        while wait(&mut changes, &service) {
            match rebuild(&app, &setup, &runtime) {
                Ok(factory) => {
                    let Some(service) = service.upgrade() else { return };
                    service.replace(factory);
                    console::line("wasgi: changed files are in use now");
                }
                Err(error) => {
                    console::error(&error);
                    console::line("wasgi: the application as it was before goes on answering");
                }
            }
        }
    })?;
    Ok(())
}

/// Waits for a change that is complete: an editor may write several files. False when the service is gone.
fn wait(changes: &mut Changes, service: &Weak<Service>) -> bool {
    let mut pending = false;
    loop {
        std::thread::sleep(INTERVAL);
        if service.strong_count() == 0 {
            return false;
        }
        let changed = changes.seen();
        if pending && !changed {
            return true;
        }
        pending |= changed;
    }
}

fn rebuild(app: &AppArgs, setup: &Setup, runtime: &Handle) -> Result<Factory> {
    let ready = build::in_memory(app, &setup.grants.host_directories(), setup.build_options(app))?;
    let (factory, _) = runtime.block_on(setup.factory(&ready.compiled))?;
    Ok(factory)
}
