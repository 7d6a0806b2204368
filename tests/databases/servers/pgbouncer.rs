//! PgBouncer in front of a PostgreSQL, with a pool for transactions.

use super::{Daemon, Folder, PASSWORD, PostgreSql, command, free_port, unpacked};
use crate::harness::Authority;
use nix::sys::signal::Signal;

pub struct PgBouncer {
    pub port: u16,
    pub daemon: Daemon,
}

impl PgBouncer {
    /// Clients and server log in by SCRAM-SHA-256; clients may speak TLS, with the certificate of the authority.
    pub fn start(server: &PostgreSql, authority: &Authority) -> Self {
        let (folder, port) = (Folder::new(Some(authority)), free_port());
        let users = folder.write("users.txt", &format!("\"owner\" \"{PASSWORD}\"\n"));
        let settings = format!(
            "[databases]\npostgres = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {users}\n\
             pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 1000\n\
             client_tls_sslmode = allow\nclient_tls_cert_file = {}\nclient_tls_key_file = {}\n",
            server.port,
            folder.path("cert.pem"),
            folder.path("key.pem")
        );
        let mut pgbouncer = command(&unpacked("usr/sbin/pgbouncer"));
        pgbouncer.arg(folder.write("pgbouncer.ini", &settings));
        let daemon = Daemon::start(pgbouncer, "process up", Signal::SIGTERM, folder);
        PgBouncer { port, daemon }
    }
}
