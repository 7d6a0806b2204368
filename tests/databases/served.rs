//! The same application served by wasgi and natively: both have to give the same answers.

use super::servers::{self, Daemon, PASSWORD, PATIENCE};
use crate::harness::{Authority, Server, wasgi};
use serde_json::{Value, json};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// How long the applications have their drivers wait (`TIMEOUT` of `apps/given.py`).
const DRIVERS_TIMEOUT: Duration = Duration::from_secs(2);
/// Nobody listens there.
const AWAY: u16 = 1;

pub struct Served {
    pub wasgi: Server,
    pub native: Server,
}

/// One server that an application talks to, and how.
pub struct Way<'served> {
    served: &'served Served,
    port: u16,
    tls: &'static str,
}

impl Served {
    /// An application of `apps`, which may connect to `ports` and to one where nobody is.
    pub fn start(app: &str, ports: &[u16], authority: &Authority, environ: &[(&str, &str)]) -> Self {
        Self::with(app, ports, authority, environ, &[])
    }

    /// The same with options of `wasgi run`.
    pub fn with(app: &str, ports: &[u16], authority: &Authority, environ: &[(&str, &str)], options: &[&str]) -> Self {
        let environment = servers::environment();
        let mut given = vec![("PASSWORD", PASSWORD), ("CA", &authority.pem)];
        given.extend(environ);

        let mut wasgi = wasgi(&["run", &format!("{app}.py"), "--memory", "256MiB"]);
        wasgi.current_dir(environment.with_file_name("apps")).env("VIRTUAL_ENV", &environment).args(options);
        for port in [ports, &[AWAY]].concat() {
            wasgi.args(["--allow-net", &format!("127.0.0.1:{port}"), "--allow-net", &format!("localhost:{port}")]);
        }
        for (name, value) in &given {
            wasgi.arg("--env").arg(format!("{name}={value}"));
        }

        let mut native = Command::new(servers::python());
        native.arg(environment.with_file_name("native.py")).arg(app).envs(given);
        Served { wasgi: Server::start(wasgi), native: Server::native(native) }
    }

    pub fn plain(&self, port: u16) -> Way<'_> {
        Way { served: self, port, tls: "" }
    }

    pub fn tls(&self, port: u16) -> Way<'_> {
        Way { served: self, port, tls: "&tls" }
    }
}

impl Way<'_> {
    fn path(&self, way: &str, port: u16) -> String {
        format!("/{way}?{port}{}", self.tls)
    }

    /// The answer, which is the same from both.
    pub fn told(&self, way: &str) -> Value {
        let path = self.path(way, self.port);
        let told = self.served.wasgi.get(&path).json();
        assert_eq!(told, self.served.native.get(&path).json(), "{path}: wasgi, then natively");
        told
    }

    /// The class of the exception that both raise, with the same bases.
    pub fn raised(&self, way: &str) -> String {
        self.raised_at(way, self.port)
    }

    fn raised_at(&self, way: &str, port: u16) -> String {
        let path = self.path(way, port);
        same(&self.both(&path, || ()))
    }

    /// Asks both at the same time, and acts meanwhile.
    fn both(&self, path: &str, meanwhile: impl FnOnce()) -> [Value; 2] {
        let Served { wasgi, native } = self.served;
        thread::scope(|scope| {
            let asked = [wasgi, native].map(|served| scope.spawn(|| served.get(path).json()));
            meanwhile();
            asked.map(|asked| asked.join().expect("an answer"))
        })
    }

    /// A wrong password, a server that is away, and one that does not answer in time: in two seconds, which are the
    /// driver's, there is an exception.
    pub fn fails(&self, password: &str, [away, silent]: [&str; 2]) {
        assert_eq!(self.raised("wrong_password"), password);
        assert_eq!(self.raised_at("connecting", AWAY), away);
        let asked = Instant::now();
        assert_eq!(self.raised("slow"), silent);
        assert!(asked.elapsed() < 3 * DRIVERS_TIMEOUT, "{:?}", asked.elapsed());
    }

    /// A server that dies while it is asked ends the wait of both, with an exception.
    pub fn dies(&self, server: &mut Daemon, raised: &str) {
        let waiting = self.path("waiting", self.port);
        let told = self.both(&self.path("sleeping", self.port), || {
            let deadline = Instant::now() + PATIENCE;
            while self.served.native.get(&waiting).json() != 2 {
                assert!(Instant::now() < deadline, "the server has not been asked");
            }
            server.kill();
        });
        assert_eq!(same(&told), raised);
    }

    /// What the Django application does with its models.
    pub fn keeps_models(&self) {
        let migrated = self.told("migrated");
        assert!(migrated[0].as_u64().expect("a number") > 10, "{migrated}");
        let counted = json!({"many": 2, "groups": 1});
        assert_eq!(self.told("models_used"), json!([["Brontë"], "kept once", counted, true]));
        assert_eq!(self.told("session"), json!(["Villette", "☂"]));
    }
}

/// The class of the exceptions of wasgi and natively; their texts may name other lines of OpenSSL.
fn same(told: &[Value; 2]) -> String {
    let [wasgi, native] = told;
    assert_eq!(wasgi["raised"], native["raised"], "wasgi, then natively: {told:?}");
    wasgi["raised"][0].as_str().unwrap_or_else(|| panic!("nothing was raised: {wasgi}")).to_owned()
}
