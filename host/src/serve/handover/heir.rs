//! The old process's side.

use super::{VARIABLE, Will, origin};
use crate::serve::admin::Admin;
use crate::serve::listen::{Listener, Shared};
use crate::terminal::console;
use anyhow::{Context, Result};
use command_fds::CommandFdExt;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// systemd's variables for this process alone: the new one would take them for others'.
const OWN: [&str; 4] = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID"];

/// All sockets that go to a successor.
pub struct Sockets {
    listeners: Vec<Shared>,
    admin: Vec<Shared>,
}

impl Sockets {
    /// # Errors
    /// When the process has too many open files.
    pub fn of(listeners: &[Listener], admin: Option<&Admin>) -> io::Result<Self> {
        let admin = admin.map_or(&[][..], |admin| &admin.sockets);
        let listeners = listeners.iter().map(Shared::of).collect::<io::Result<_>>()?;
        Ok(Sockets { listeners, admin: admin.iter().map(Shared::try_clone).collect::<io::Result<_>>()? })
    }
}

/// Starts successors, one at a time.
pub struct Heir {
    is_awaited: bool,
    told: UnboundedSender<Option<u32>>,
    ready: UnboundedReceiver<Option<u32>>,
}

impl Heir {
    pub fn new() -> Self {
        let (told, ready) = unbounded_channel();
        Heir { is_awaited: false, told, ready }
    }

    /// Starts the program that is now at this one's path. A failure is said, and changes nothing.
    pub fn begin(&mut self, sockets: io::Result<Sockets>) {
        if self.is_awaited {
            console::warning("wasgi: SIGUSR2: the new process is on its way already");
            return;
        }
        console::line("wasgi: SIGUSR2: starting the program anew, with this one's sockets");
        match sockets.context("copying the sockets").and_then(|sockets| start(sockets, self.told.clone())) {
            Ok(()) => self.is_awaited = true,
            Err(error) => console::warning(&format!("wasgi: SIGUSR2: {error:#}: still serving")),
        }
    }

    /// Waits until a successor is ready; returns its process. One that fails is said.
    pub async fn ready(&mut self) -> u32 {
        loop {
            // This end holds a sender, so there is always another one to come.
            match self.ready.recv().await.flatten() {
                Some(process) => return process,
                None => self.is_awaited = false,
            }
        }
    }
}

fn start(sockets: Sockets, told: UnboundedSender<Option<u32>>) -> Result<()> {
    let (ready, tells) = std::io::pipe().context("no pipe")?;
    let tells = OwnedFd::from(tells);
    let Sockets { listeners, admin } = sockets;
    let handed = |all: &[Shared]| all.iter().map(Shared::handed).collect();
    let (from, ready_on) = (std::process::id(), tells.as_raw_fd());
    let will = Will { from, ready: ready_on, listeners: handed(&listeners), admin: handed(&admin) };
    let descriptors = listeners.into_iter().chain(admin).map(|socket| socket.descriptor).chain([tells]).collect();
    let mut command = origin::again();
    for name in OWN {
        command.env_remove(name);
    }
    command.env(VARIABLE, serde_json::to_string(&will)?).preserved_fds(descriptors);
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    // With its copy of the pipe's end: only the child's is left.
    drop(command);
    let wait = move || {
        // A server that ends meanwhile asks no more.
        let _ = told.send(outcome(child, ready));
    };
    std::thread::Builder::new().name("heir".into()).spawn(wait)?;
    Ok(())
}

/// The child once it is ready; None if it ends before.
fn outcome(mut child: Child, mut ready: impl Read) -> Option<u32> {
    let is_ready = ready.read(&mut [0]).is_ok_and(|length| length > 0);
    if is_ready {
        return Some(child.id());
    }
    let how = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    console::warning(&format!(
        "wasgi: the new process {} ended before it was ready ({how}): still serving",
        child.id()
    ));
    None
}
