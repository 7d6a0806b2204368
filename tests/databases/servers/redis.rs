//! Redis with one user, `owner`, by its access control list.

use super::{Daemon, Folder, PASSWORD, command, free_port, unpacked};
use crate::harness::Authority;
use nix::sys::signal::Signal;

pub struct Redis {
    pub port: u16,
    pub tls_port: u16,
    pub daemon: Daemon,
}

impl Redis {
    /// On loopback; with the certificate of the authority on the second port.
    pub fn start(authority: &Authority) -> Self {
        let (folder, port, tls_port) = (Folder::new(Some(authority)), free_port(), free_port());
        let settings = format!(
            "bind 127.0.0.1\nport {port}\nsave \"\"\ndir {}\n\
             user default off\nuser owner on \">{PASSWORD}\" ~* &* +@all\n\
             tls-port {tls_port}\ntls-auth-clients no\ntls-cert-file {cert}\ntls-key-file {key}\n\
             tls-ca-cert-file {cert}\n",
            folder.path("."),
            cert = folder.path("cert.pem"),
            key = folder.path("key.pem")
        );
        let mut redis = command(&unpacked("usr/bin/redis-server"));
        redis.arg(folder.write("redis.conf", &settings));
        let daemon = Daemon::start(redis, "Ready to accept connections", Signal::SIGTERM, folder);
        Redis { port, tls_port, daemon }
    }
}
