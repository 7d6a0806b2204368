//! Servers of one application, each with a folder of its own, as on a machine of its own.

use crate::harness::{Admin, Project, Server};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::net::SocketAddr;

/// Says which version it is, and which request it answers; `/slow/...` takes its time.
fn application(version: usize) -> String {
    format!(
        "import time\n\n\n\
         def app(environ, start_response):\n    \
             environ['wsgi.input'].read()\n    \
             if environ['PATH_INFO'].startswith('/slow/'):\n        \
                 time.sleep(0.1)\n    \
             seen = [environ['PATH_INFO'], environ['REMOTE_ADDR'], environ['wsgi.url_scheme']]\n    \
             start_response('200 OK', [('Content-Type', 'text/plain')])\n    \
             return [' '.join(['version {version}', *seen]).encode()]\n"
    )
}

/// The components of both versions.
pub struct Versions(Project);

impl Versions {
    pub fn build() -> Self {
        let project = Project::new(&[]);
        for version in 1..=2 {
            project.write("app.py", &application(version));
            project.succeed(&["build", "app.py:app", "--output", &format!("{version}.wasm")]);
        }
        Versions(project)
    }

    /// A server of the first version.
    pub fn node(&self) -> Node<'_> {
        let folder = Project::new(&[]);
        self.deploy(&folder, 1);
        let server = serve(&folder, "127.0.0.1:0", "127.0.0.1:0");
        let (address, admin) = (server.address(), server.admin().address());
        Node { versions: self, folder, server, address, admin }
    }

    /// Puts a version in the place of what is served, at once.
    fn deploy(&self, folder: &Project, version: usize) {
        fs::copy(self.0.path(&format!("{version}.wasm")), folder.path("new.wasm")).unwrap();
        fs::rename(folder.path("new.wasm"), folder.path("app.wasm")).unwrap();
    }
}

/// The command at the head of the proxies' examples.
fn serve(folder: &Project, bind: &str, admin: &str) -> Server {
    let options = ["--bind", bind, "--admin", admin, "--forwarded-allow-ips", "127.0.0.1", "--drain-delay", "5s"];
    Server::start_group(folder.wasgi(&[&["serve", "app.wasm"], &options[..]].concat()))
}

pub struct Node<'a> {
    versions: &'a Versions,
    folder: Project,
    server: Server,
    /// Of the application.
    pub address: SocketAddr,
    pub admin: SocketAddr,
}

impl Node<'_> {
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// As a service manager stops it.
    pub fn stop(&mut self) {
        self.server.terminate();
        self.server.wait_for("wasgi: not ready any more; listening for 5s still (--drain-delay)");
        assert_eq!(self.admin().get("/readyz"), (503, "draining\n".to_owned()), "which HAProxy sees");
        assert!(self.server.wait_for_end().success());
    }

    /// Starts it anew, at its old addresses, with the second version.
    pub fn start(&mut self) {
        self.versions.deploy(&self.folder, 2);
        self.server = serve(&self.folder, &self.address.to_string(), &self.admin.to_string());
    }

    /// Hands its sockets over to a new process with the second version.
    pub fn hand_over(&self) {
        self.versions.deploy(&self.folder, 2);
        kill(Pid::from_raw(self.server.pid().cast_signed()), Signal::SIGUSR2).unwrap();
        self.server.wait_for(" serves from now on; what is in flight here finishes");
        self.server.wait_for("wasgi: goodbye");
    }

    /// Has it read the second version.
    pub fn reload(&self) {
        self.versions.deploy(&self.folder, 2);
        self.server.hang_up();
        self.server.wait_for("app:app (function) now");
    }

    /// How many requests it has answered since its start.
    pub fn answered(&self) -> f64 {
        let samples = self.admin().samples();
        samples.iter().filter(|(name, _)| name.starts_with("wasgi_requests_total")).map(|(_, value)| value).sum()
    }

    /// Lines about requests that did not end well.
    pub fn bad(&self) -> Vec<String> {
        let log = self.server.log();
        let requests = log.lines().filter(|line| line.contains(" GET /") || line.contains(" POST /"));
        requests.filter(|line| !line.ends_with(" ok")).map(str::to_owned).collect()
    }

    fn admin(&self) -> Admin {
        Admin::at(self.admin)
    }
}
