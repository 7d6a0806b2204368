//! PostgreSQL with one user, `owner`, who logs in by SCRAM-SHA-256.

use super::{Daemon, Folder, PASSWORD, command, free_port, succeed, unpacked};
use crate::harness::Authority;
use nix::sys::signal::Signal;
use std::fs;
use std::path::PathBuf;

pub struct PostgreSql {
    pub port: u16,
    pub daemon: Daemon,
}

impl PostgreSql {
    /// On loopback; who connects may speak TLS, with the certificate of the authority.
    pub fn start(authority: &Authority) -> Self {
        let (folder, port) = (Folder::new(Some(authority)), free_port());
        let (data, secret) = (folder.path("data"), folder.write("password", PASSWORD));
        let mut initdb = command(&program("initdb"));
        initdb.args(["--pgdata", &data, "--username=owner", "--pwfile", &secret, "--auth=scram-sha-256"]);
        initdb.args(["--no-sync", "--encoding=UTF8"]);
        succeed(initdb);
        let mut postgres = command(&program("postgres"));
        let mut set = |name: &str, value: &str| {
            postgres.arg("-c").arg(format!("{name}={value}"));
        };
        set("listen_addresses", "127.0.0.1,::1");
        set("port", &port.to_string());
        set("unix_socket_directories", "");
        set("fsync", "off");
        set("data_directory", &data);
        set("ssl", "on");
        set("ssl_cert_file", &folder.path("cert.pem"));
        set("ssl_key_file", &folder.path("key.pem"));
        // A query ends with the connection of who asked, and not when it has its rows.
        set("client_connection_check_interval", "100ms");
        postgres.args(["-D", &data]);
        // SIGQUIT ends the children, too, without writing anything more.
        let daemon = Daemon::start(postgres, "ready to accept connections", Signal::SIGQUIT, folder);
        PostgreSql { port, daemon }
    }
}

/// The one version that is unpacked.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir(unpacked("usr/lib/postgresql")).expect("a package of it");
    let version = versions.flatten().next().expect("one version");
    version.path().join("bin").join(name)
}
