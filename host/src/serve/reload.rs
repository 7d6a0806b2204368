//! `wasgi run` rebuilds when a file of the application changes; requests in flight finish on the previous build.

use super::service::Service;
use super::setup::Setup;
use crate::build::in_memory;
use crate::build::options::AppArgs;
use crate::build::sources::changes::{Changes, folder_of};
use crate::grants::{GrantArgs, Grants};
use crate::serve::sandbox::factory::Factory;
use crate::terminal::console;
use anyhow::Result;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;

/// How often to check the application's folder: the usual wait after saving a file is half of it.
const INTERVAL: Duration = Duration::from_millis(500);

/// The files that decide what is served.
pub struct Inputs {
    dotenv: Option<PathBuf>,
    grants: GrantArgs,
}

impl Inputs {
    /// As the command line names them.
    ///
    /// # Errors
    /// When there is no such application.
    pub fn of(app: &AppArgs, grants: &GrantArgs, no_dotenv: bool) -> Result<Self> {
        let folder = folder_of(app)?;
        let dotenv = (!no_dotenv).then(|| folder.join(".env"));
        Ok(Inputs { dotenv, grants: grants.clone() })
    }

    /// What the files grant now.
    ///
    /// # Errors
    /// When a file cannot be read, or what it names cannot be granted.
    pub fn grants(&self) -> Result<Grants> {
        Grants::read(&self.grants, self.dotenv.as_deref())
    }

    fn changes(&self, app: &AppArgs) -> Result<Changes> {
        let files = self.dotenv.iter().chain(&self.grants.env_file).cloned().collect();
        Changes::of(app, &self.grants.dir, files)
    }
}

/// An application, and the state of its files before it was built, so that no later change is missed.
pub struct Watched {
    app: AppArgs,
    inputs: Inputs,
    changes: Changes,
}

impl Watched {
    /// # Errors
    /// When the command line names a path that cannot be watched.
    pub fn new(app: AppArgs, inputs: Inputs) -> Result<Self> {
        Ok(Watched { changes: inputs.changes(&app)?, app, inputs })
    }

    pub fn app(&self) -> &AppArgs {
        &self.app
    }
}

/// Watches on a thread of its own, as long as the service lives.
pub fn watch(watched: Watched, setup: Setup, service: &Arc<Service>) -> Result<()> {
    let Watched { app, inputs, mut changes } = watched;
    let mut setup = setup;
    let service = Arc::downgrade(service);
    let runtime = Handle::current();
    std::thread::Builder::new().name("reload".into()).spawn(move || {
        while wait(&mut changes, &service) {
            match rebuild(&app, &inputs, &mut setup, &runtime) {
                Ok(factory) => {
                    let Some(service) = service.upgrade() else { return };
                    service.replace(factory);
                    console::line("wasgi: serving the changed files now");
                }
                Err(error) => {
                    console::error(&error);
                    console::warning("wasgi: still serving the previous build");
                }
            }
        }
    })?;
    Ok(())
}

/// Waits for a complete change, as an editor may write several files. False when the service is gone.
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

fn rebuild(app: &AppArgs, inputs: &Inputs, setup: &mut Setup, runtime: &Handle) -> Result<Factory> {
    setup.grants = inputs.grants()?;
    let ready = in_memory::build(app, setup.build_options(app))?;
    let (factory, _) = runtime.block_on(setup.factory(&ready.compiled))?;
    Ok(factory)
}
