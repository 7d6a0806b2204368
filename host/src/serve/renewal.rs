//! `wasgi serve` reads its settings and components anew on SIGHUP and changes over between two requests, each
//! application by itself. One that cannot be served is refused, and the old one goes on.

use super::applications::Applications;
use super::component::Ready;
use super::manager;
use super::served::{Read, Served, blaming};
use super::stamp::Stamp;
use crate::terminal::console;
use anyhow::Result;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// Lives as long as the server, with a thread that reads and waits.
pub struct Renewal(SyncSender<()>);

/// What was read of each application that is served, by its name, and of the whole server.
pub struct Known {
    stamps: BTreeMap<Option<Arc<str>>, Stamp>,
    of_server: Vec<OsString>,
}

struct State {
    read: Read,
    applications: Weak<Applications>,
    known: Known,
}

impl Known {
    /// To be taken before the files are read, so that no later change is missed.
    pub fn of(served: &[Served]) -> Self {
        let stamps = served.iter().map(|served| (served.name.clone(), Stamp::of(served))).collect();
        Known { stamps, of_server: served[0].of_server.clone() }
    }
}

impl Renewal {
    /// Must be called in the serving runtime.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn new(read: Read, known: Known, applications: &Arc<Applications>) -> Result<Self> {
        let (mut state, runtime) =
            (State { read, known, applications: Arc::downgrade(applications) }, Handle::current());
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
    fn renew(&mut self, runtime: &Handle) {
        let Some(applications) = self.applications.upgrade() else { return };
        manager::reloads();
        console::line("wasgi: SIGHUP: reading settings and components anew");
        match (self.read)() {
            Ok(wanted) => self.change(&wanted, &applications, runtime),
            Err(error) => {
                console::error(&error);
                console::warning("wasgi: still serving as before");
            }
        }
        manager::is_ready_again();
    }

    fn change(&mut self, wanted: &[Served], applications: &Applications, runtime: &Handle) {
        if wanted[0].of_server != self.known.of_server {
            console::warning("wasgi: options of the whole server have changed: they take a new start");
        }
        for served in wanted {
            self.exchange(served, applications, runtime);
        }
        // If nothing of what is wanted can be served, all is as before.
        if wanted.iter().all(|served| !self.known.stamps.contains_key(&served.name)) {
            return;
        }
        let names: Vec<_> = wanted.iter().map(|served| served.name.clone()).collect();
        for name in applications.keep(&names) {
            console::line(&format!("wasgi: {name}: not served any more"));
        }
        self.known.stamps.retain(|name, _| names.contains(name));
        if let Some(line) = applications.total_line() {
            console::line(&line);
        }
    }

    /// One application, unless nothing of it has changed.
    fn exchange(&mut self, served: &Served, applications: &Applications, runtime: &Handle) {
        let (name, stamp) = (&served.name, Stamp::of(served));
        let mark = name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        if name.is_some() && stamp.is_final() && self.known.stamps.get(name) == Some(&stamp) {
            return applications.mark(name.as_ref(), false);
        }
        match blaming(name.as_ref(), take(served, applications, runtime)) {
            Ok(description) => {
                self.known.stamps.insert(name.clone(), stamp);
                console::line(&format!("wasgi: {mark}serving {description} now"));
            }
            Err(error) => {
                console::error(&error);
                applications.mark(name.as_ref(), true);
                let is_served = self.known.stamps.contains_key(name);
                let rest = if is_served { "still serving the old component" } else { "not served" };
                console::warning(&format!("wasgi: {mark}{rest}"));
            }
        }
    }
}

fn take(served: &Served, applications: &Applications, runtime: &Handle) -> Result<String> {
    let Ready { setup, route, description, compiled } = Ready::of(served)?;
    let (factory, most) = runtime.block_on(setup.factory(&compiled))?;
    let _in_runtime = runtime.enter();
    applications.serve(&setup, route, factory, most.of_all().0);
    Ok(description)
}
