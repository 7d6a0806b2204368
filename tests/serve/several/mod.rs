//! Several applications in one process: which of them a request is for, and that none harms or sees another.

mod apart;
mod described;
mod harmless;
mod renewed;

use crate::harness::{Project, Reply, Server};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The component of `tests/apps/several/tenant.py`, built once. It may use directories.
fn component() -> PathBuf {
    static BUILT: OnceLock<(Project, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let project = Project::new(&[("tenant.py", include_str!("../../apps/several/tenant.py"))]);
        let path = project.build_with("tenant.py:app", &["--filesystem"]);
        (project, path)
    });
    path.clone()
}

/// A folder with the applications of this wasgi.toml; each has the component `tenant.wasm`.
pub fn project(settings: &str) -> Project {
    let project = Project::new(&[("wasgi.toml", settings)]);
    fs::copy(component(), project.path("tenant.wasm")).unwrap();
    project
}

pub fn serve(project: &Project, options: &[&str]) -> Server {
    Server::start(project.wasgi(&[&["serve"], options].concat()))
}

/// Asks a host of the server.
fn ask(server: &Server, host: &str, path: &str) -> Reply {
    server.request(http::Request::get(server.url(path)).header("Host", host).body(()).unwrap())
}
