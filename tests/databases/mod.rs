//! Drivers of databases, caches and mail, unmodified, against real servers; `./just servers` fetches these.
//!
//! The same application is served by wasgi and natively, and both give the same answers.

mod mariadb;
mod pgbouncer;
mod postgresql;
mod redis;
mod refused;
mod servers;
mod smtp;

use crate::harness::{Authority, Server, wasgi};
use serde_json::{Value, json};
use servers::{Daemon, PASSWORD, PATIENCE};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// How long the applications have their drivers wait (`TIMEOUT` of `apps/given.py`).
const DRIVERS_TIMEOUT: Duration = Duration::from_secs(2);

/// An application of `apps`, served twice.
struct Served {
    wasgi: Server,
    native: Server,
}

impl Served {
    /// With the server on `port`, and port 1 where nobody is; over TLS where there is an authority.
    fn start(app: &str, port: u16, authority: Option<&Authority>) -> Self {
        Self::with(app, port, authority, &[], &[])
    }

    /// The same with more in the environment, and with options of `wasgi run`.
    fn with(
        app: &str,
        port: u16,
        authority: Option<&Authority>,
        environ: &[(&str, &str)],
        options: &[&str],
    ) -> Self {
        let environment = servers::environment();
        let port = port.to_string();
        let mut given = vec![("PORT", &*port), ("PASSWORD", PASSWORD)];
        given.extend(authority.map(|authority| ("CA", &*authority.pem)));
        given.extend(environ);

        let mut wasgi = wasgi(&["run", &format!("{app}.py"), "--memory", "256MiB"]);
        wasgi.current_dir(environment.with_file_name("apps")).env("VIRTUAL_ENV", &environment).args(options);
        for granted in [&port, "1"] {
            wasgi.args(["--allow-net", &format!("127.0.0.1:{granted}")]);
            wasgi.args(["--allow-net", &format!("localhost:{granted}")]);
        }
        for (name, value) in &given {
            wasgi.arg("--env").arg(format!("{name}={value}"));
        }

        let mut native = Command::new(servers::python());
        native.arg(environment.with_file_name("native.py")).arg(app).envs(given);
        Served { wasgi: Server::start(wasgi), native: Server::native(native) }
    }

    /// The answer, which is the same from both.
    fn told(&self, way: &str) -> Value {
        let told = self.wasgi.get(&format!("/{way}")).json();
        assert_eq!(told, self.native.get(&format!("/{way}")).json(), "{way}: wasgi, then natively");
        told
    }

    /// The exception that both raise, as the names of its classes.
    fn raised(&self, way: &str) -> Vec<String> {
        let told = self.told(way);
        let raised = told["raised"].as_array().unwrap_or_else(|| panic!("{way} gave {told}"));
        raised.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    }

    /// A wrong password, a server that is away, and one that accepts and says nothing, or not in time: in two
    /// seconds, which are the driver's, there is an exception.
    fn fails(&self, password: &str, [away, silent]: [&str; 2]) {
        assert_eq!(self.raised("wrong_password")[0], password);
        assert_eq!(self.raised("connecting?1")[0], away);
        let asked = Instant::now();
        assert_eq!(self.raised("slow")[0], silent);
        assert!(asked.elapsed() < 3 * DRIVERS_TIMEOUT, "{:?}", asked.elapsed());
    }

    /// A server that dies while it is asked ends the wait of both, with an exception.
    fn dies(&self, server: &mut Daemon, raised: &str) {
        thread::scope(|scope| {
            let asked = [&self.wasgi, &self.native].map(|served| scope.spawn(|| served.get("/sleeping").json()));
            let deadline = Instant::now() + PATIENCE;
            while self.native.get("/waiting").json() != 2 {
                assert!(Instant::now() < deadline, "the server has not been asked");
            }
            server.kill();
            let told = asked.map(|asked| asked.join().expect("an answer"));
            assert_eq!(told[0]["raised"], told[1]["raised"], "wasgi, then natively: {told:?}");
            assert_eq!(told[0]["raised"][0], raised);
        });
    }

    /// What the Django application does with its models.
    fn keeps_models(&self) {
        let migrated = self.told("migrated");
        assert!(migrated[0].as_u64().expect("a number") > 10, "{migrated}");
        let counted = json!({"many": 2, "groups": 1});
        assert_eq!(self.told("models_used"), json!([["Austen"], ["Brontë"], "kept once", counted, true]));
        assert_eq!(self.told("session"), json!(["Villette", "☂"]));
    }
}
