//! aiosmtpd, which takes mail from `owner` after STARTTLS, or from anybody.

use super::{Daemon, Folder, PASSWORD, python};
use crate::harness::Authority;
use nix::sys::signal::Signal;
use std::process::Command;

pub struct Smtp {
    pub port: u16,
    pub daemon: Daemon,
}

impl Smtp {
    /// On loopback; with an authority, it wants STARTTLS and a login. It prints the mail that comes.
    pub fn start(authority: Option<&Authority>) -> Self {
        let folder = Folder::new(authority);
        let mut smtp = Command::new(python());
        smtp.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers/smtp.py")).env("PASSWORD", PASSWORD);
        if authority.is_some() {
            smtp.args([folder.path("cert.pem"), folder.path("key.pem")]);
        }
        let daemon = Daemon::start(smtp, "smtp: ready on ", Signal::SIGTERM, folder);
        let port = daemon.wait_for("smtp: ready on ").rsplit(' ').next().and_then(|port| port.parse().ok());
        Smtp { port: port.expect("as printed"), daemon }
    }
}
