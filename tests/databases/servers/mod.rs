//! Databases and mail from Debian's packages, each on a port of the kernel's choice.

mod mariadb;
mod pgbouncer;
mod postgresql;
mod redis;
mod smtp;

pub use mariadb::MariaDb;
pub use pgbouncer::PgBouncer;
pub use postgresql::PostgreSql;
pub use redis::Redis;
pub use smtp::Smtp;

pub use crate::harness::daemon::{Daemon, PATIENCE};

use crate::harness::daemon::{Folder, command, free_port, succeed, unpacked};
use std::path::{Path, PathBuf};

/// The one password of all servers and users.
pub const PASSWORD: &str = "s3cret & more";

/// The Python with the packages of the tests.
pub fn python() -> PathBuf {
    environment().join("bin/python")
}

/// What `./just requirements` installs.
pub fn environment() -> PathBuf {
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/databases/.venv");
    assert!(environment.is_dir(), "{environment:?} is not there: run `./just requirements` (`./just test` does)");
    environment
}
