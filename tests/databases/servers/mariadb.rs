//! MariaDB with one user, `owner`, who logs in by `mysql_native_password` and owns the database `shop`.

use super::{Daemon, Folder, PASSWORD, command, free_port, unpacked};
use crate::harness::Authority;
use nix::sys::signal::Signal;
use std::fs;
use std::process::Command;

pub struct MariaDb {
    pub port: u16,
    pub daemon: Daemon,
}

/// What a database consists of before anybody has used it, as `mariadb-install-db` makes it.
const TABLES: [&str; 3] = ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"];

impl MariaDb {
    /// On loopback; who connects may speak TLS, with the certificate of the authority.
    pub fn start(authority: &Authority) -> Self {
        let (folder, port) = (Folder::new(Some(authority)), free_port());
        let data = folder.path("data");
        fs::create_dir(&data).expect("a new folder");
        folder.give(data.as_ref());
        install(&folder, &data);
        let users = format!(
            "CREATE DATABASE shop CHARACTER SET utf8mb4;\n\
             CREATE USER owner@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('{PASSWORD}');\n\
             GRANT ALL ON *.* TO owner@'%';\n"
        );
        let mut mariadbd = program(&data);
        mariadbd.arg("--init-file").arg(folder.write("users.sql", &users));
        mariadbd.arg(format!("--port={port}")).arg("--bind-address=127.0.0.1");
        mariadbd.arg("--socket").arg(folder.path("socket"));
        mariadbd.arg("--ssl-cert").arg(folder.path("cert.pem")).arg("--ssl-key").arg(folder.path("key.pem"));
        let daemon = Daemon::start(mariadbd, "ready for connections", Signal::SIGTERM, folder);
        MariaDb { port, daemon }
    }
}

/// Makes the tables of the system.
fn install(folder: &Folder, data: &str) {
    let mut statements = "CREATE DATABASE mysql;\nUSE mysql;\n".to_owned();
    for name in TABLES {
        statements += &fs::read_to_string(unpacked("usr/share/mysql").join(name)).expect("a package of it");
    }
    let mut bootstrap = program(data);
    let statements = folder.write("tables.sql", &statements);
    bootstrap.arg("--bootstrap").stdin(fs::File::open(statements).expect("just written"));
    super::succeed(bootstrap);
}

/// With small files, as the database is.
fn program(data: &str) -> Command {
    let mut mariadbd = command(&unpacked("usr/sbin/mariadbd"));
    let shared = unpacked("usr/share/mysql");
    mariadbd.args(["--no-defaults", "--datadir", data, "--innodb-log-file-size=4M", "--innodb-flush-method=nosync"]);
    mariadbd.args(["--innodb-data-file-path=ibdata1:4M:autoextend"]);
    // Two that start at the same time would take each other's temporary tables for their own.
    mariadbd.arg("--tmpdir").arg(data);
    mariadbd.arg("--character-sets-dir").arg(shared.join("charsets")).arg("--lc-messages-dir").arg(shared);
    mariadbd
}
