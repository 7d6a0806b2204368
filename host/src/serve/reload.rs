//! `wasgi run` rebuilds when a file of the application changes; requests in flight finish on the previous build.
//!
//! It does so twice. The first build takes what shows an edit soonest: one boot, with a snapshot as the import left it.
//! When no other edit follows, the second one warms up, rehearses and places, as the build at the start did.

use super::applications::Applications;
use super::setup::Setup;
use crate::build::first_look::FirstLook;
use crate::build::in_memory;
use crate::build::notices;
use crate::build::options::AppArgs;
use crate::build::sources::changes::{Changes, folder_of};
use crate::engine::artifact::Compiled;
use crate::grants::{GrantArgs, Grants};
use crate::terminal::console::{self, Step};
use anyhow::Result;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How often the application's folder is looked at: an edit is served after two looks. Looking takes no more than a
/// fiftieth of a processor, so a large folder is looked at less often. Unlike what the kernel tells of changes, it
/// works on each file system, those of containers and of other machines included.
const SOON: Duration = Duration::from_millis(40);
const LATE: Duration = Duration::from_millis(500);
const SHARE: u32 = 50;
/// From an edit to the second build: whoever saves again at once has the processor for it.
const REST: Duration = Duration::from_secs(1);

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

/// Watches on a thread of its own, as long as the server lives.
///
/// # Errors
/// When the system has no thread for it.
pub fn watch(watched: Watched, mut looks: FirstLook, setup: Setup, applications: &Arc<Applications>) -> Result<()> {
    let Watched { app, inputs, mut changes } = watched;
    let builder = Builder { app, inputs, setup, runtime: Handle::current(), edits: Mutex::default() };
    let (builder, applications) = (Arc::new(builder), Arc::downgrade(applications));
    let watch = move || {
        let mut rest = None;
        loop {
            match wait(&mut changes, &applications, rest) {
                Seen::Edit => rest = builder.look(&mut looks, &applications).then(|| Instant::now() + REST),
                Seen::Rest => {
                    rest = None;
                    builder.clone().improve(applications.clone());
                }
                Seen::End => return,
            }
        }
    };
    std::thread::Builder::new().name("reload".into()).spawn(watch)?;
    Ok(())
}

/// What comes next.
enum Seen {
    /// A complete change, as an editor may write several files.
    Edit,
    /// No change until the given time.
    Rest,
    /// The server is gone.
    End,
}

fn wait(changes: &mut Changes, applications: &Weak<Applications>, rest: Option<Instant>) -> Seen {
    let (mut pending, mut interval) = (false, SOON);
    loop {
        std::thread::sleep(interval);
        if applications.strong_count() == 0 {
            return Seen::End;
        }
        let began = Instant::now();
        let changed = changes.seen();
        interval = (began.elapsed() * SHARE).clamp(SOON, LATE);
        match (pending, changed) {
            (true, false) => return Seen::Edit,
            (false, false) if rest.is_some_and(|rest| rest < began) => return Seen::Rest,
            _ => pending |= changed,
        }
    }
}

/// Builds an application again and again.
struct Builder {
    app: AppArgs,
    inputs: Inputs,
    setup: Setup,
    runtime: Handle,
    /// Edits so far: a build that took longer than until the next one is of no use.
    edits: Mutex<u64>,
}

impl Builder {
    /// Serves an edit as soon as can be; returns whether it does.
    fn look(&self, looks: &mut FirstLook, applications: &Weak<Applications>) -> bool {
        let edit = self.edits() + 1;
        *self.edits.lock().expect(HELD) = edit;
        let began = Instant::now();
        let progress = Step::begin("build the changed files");
        let built = self.setup_now().and_then(|setup| {
            if self.app.snapshot.deny_import_entropy {
                // What it refuses must not be served, not even for a while.
                let ready = in_memory::build(&self.app, setup.build_options(&self.app))?;
                return self.serve(edit, &setup, &ready.compiled, applications);
            }
            let compiled = looks.build(&self.app, setup.build_options(&self.app))?;
            self.serve(edit, &setup, &compiled, applications)
        });
        progress.leave();
        match built {
            Ok(()) => {
                let seconds = began.elapsed().as_secs_f64();
                console::line(&format!("wasgi: serving the changed files now ({seconds:.1} s)"));
            }
            Err(error) => {
                console::error(&error);
                console::warning("wasgi: still serving the previous build");
                return false;
            }
        }
        !self.app.snapshot.deny_import_entropy
    }

    /// Builds once more what is served, beside everything else, now for fast requests.
    fn improve(self: Arc<Self>, applications: Weak<Applications>) {
        let edit = self.edits();
        let improve = move || {
            let built = self.setup_now().and_then(|setup| {
                let ready = in_memory::after_look(&self.app, setup.build_options(&self.app))?;
                if self.edits() == edit {
                    notices::show(&ready.application, &self.app.snapshot)?;
                }
                self.serve(edit, &setup, &ready.compiled, &applications)
            });
            if let Err(error) = built
                && self.edits() == edit
            {
                console::error(&error);
                console::warning("wasgi: requests go on without warm-up");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("improve".into()).spawn(improve) {
            console::warning(&format!("wasgi: requests go on without warm-up: {error}"));
        }
    }

    /// With what files grant now.
    fn setup_now(&self) -> Result<Setup> {
        Ok(Setup { grants: self.inputs.grants()?, ..self.setup.clone() })
    }

    fn edits(&self) -> u64 {
        *self.edits.lock().expect(HELD)
    }

    /// Serves what was built for an edit, unless another one followed.
    fn serve(&self, edit: u64, setup: &Setup, compiled: &Compiled, applications: &Weak<Applications>) -> Result<()> {
        let (factory, _) = self.runtime.block_on(setup.factory(compiled))?;
        let edits = self.edits.lock().expect(HELD);
        if let Some(applications) = applications.upgrade().filter(|_| *edits == edit) {
            let _in_runtime = self.runtime.enter();
            applications.replace(factory);
        }
        Ok(())
    }
}

const HELD: &str = "no panic while held";
