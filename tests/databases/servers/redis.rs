//! Redis with one user, `owner`, by its access control list.

use super::{Daemon, Folder, PASSWORD, command, free_port, unpacked};
use crate::harness::Authority;
use nix::sys::signal::Signal;

pub struct Redis {
    pub port: u16,
    pub daemon: Daemon,
}

impl Redis {
    /// On loopback; it speaks TLS and nothing else with the certificate of an authority.
    pub fn start(authority: Option<&Authority>) -> Self {
        let (folder, port) = (Folder::new(authority), free_port());
        let mut settings = format!(
            "bind 127.0.0.1\nsave \"\"\ndir {}\nuser default off\nuser owner on \">{PASSWORD}\" ~* &* +@all\n",
            folder.path(".")
        );
        settings += &match authority {
            None => format!("port {port}\n"),
            Some(_) => format!(
                "port 0\ntls-port {port}\ntls-auth-clients no\ntls-cert-file {cert}\ntls-key-file {key}\n\
                 tls-ca-cert-file {cert}\n",
                cert = folder.path("cert.pem"),
                key = folder.path("key.pem")
            ),
        };
        let mut redis = command(&unpacked("usr/bin/redis-server"));
        redis.arg(folder.write("redis.conf", &settings));
        let daemon = Daemon::start(redis, "Ready to accept connections", Signal::SIGTERM, folder);
        Redis { port, daemon }
    }
}
