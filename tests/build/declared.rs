//! Packages that a project declares are installed by uv or pip, once. No test asks an index: the one package that
//! there is lies in a folder.

use crate::harness::{Project, Server, refused};
use std::process::Command;

const APP: &str = "
import importlib.metadata

import greeting


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'{greeting.HELLO} {importlib.metadata.version(\"greeting\")}'.encode()]
";

/// Writes `greeting`'s wheel (Binary Distribution Format) in two versions.
const WHEELS: &str = "
import zipfile

for version in '1.5', '1.6':
    info = f'greeting-{version}.dist-info'
    with zipfile.ZipFile(f'wheels/greeting-{version}-py3-none-any.whl', 'w') as wheel:
        wheel.writestr('greeting/__init__.py', 'HELLO = \"hello\"\\n')
        wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: greeting\\nVersion: {version}\\n')
        wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        names = [*wheel.namelist(), f'{info}/RECORD']
        wheel.writestr(f'{info}/RECORD', ''.join(f'{name},,\\n' for name in names))
";

/// A project's folder with the package's wheels. What it declares is unlike that of all other runs of the test, so
/// that it is not in the cache.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[("app.py", APP), ("wheels/.keep", "")]);
    let unique = format!("# {}\n", project.path("").display());
    for (path, text) in files {
        project.write(path, &format!("{text}\n{unique}"));
    }
    let made = Command::new("python3").args(["-c", WHEELS]).current_dir(project.path("")).status();
    assert!(made.expect("a python3").success());
    project
}

/// Without an index: the installers find what lies in the folder alone.
fn offline(project: &Project, args: &[&str]) -> Command {
    let mut command = project.wasgi(args);
    let wheels = project.path("wheels");
    command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &wheels).env("UV_NO_INDEX", "1").env("UV_OFFLINE", "1");
    command.env("UV_FIND_LINKS", wheels);
    command
}

/// With pip alone.
fn by_pip(project: &Project, args: &[&str]) -> Command {
    let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let python = String::from_utf8(python.expect("a python3").stdout).expect("a path");
    let folder = project.path("bin");
    std::fs::create_dir_all(&folder).expect("a new folder");
    let _ = std::os::unix::fs::symlink(python.trim(), folder.join("python3"));
    let mut command = offline(project, args);
    command.env("PATH", folder);
    command
}

fn uv() -> String {
    let bin = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/build/.venv/bin");
    assert!(std::path::Path::new(bin).join("uv").is_file(), "no uv there: `./just requirements` installs it");
    format!("{bin}:{}", std::env::var("PATH").unwrap_or_default())
}

fn by_uv(project: &Project, args: &[&str]) -> Command {
    let mut command = offline(project, args);
    command.env("PATH", uv());
    command
}

fn with_nothing(project: &Project, args: &[&str]) -> Command {
    let mut command = offline(project, args);
    command.env("PATH", project.path("nothing"));
    command
}

const RUN: [&str; 4] = ["run", "app.py", "--bind", "127.0.0.1:0"];

#[test]
fn requirements_are_installed_by_pip_once_and_again_when_they_change() {
    let project = project(&[("requirements.txt", "-r base.txt"), ("base.txt", "greeting==1.5")]);
    let server = Server::start(by_pip(&project, &["run", "app.py"]));
    server.wait_for("wasgi: install what requirements.txt declares, by pip");
    assert_eq!(server.get("/").ok(), "hello 1.5");
    project.write("requirements.txt", "greeting==1.6");
    server.wait_for("wasgi: serving the changed files now");
    assert_eq!(server.get("/").ok(), "hello 1.6");
    drop(server);
    let server = Server::start(with_nothing(&project, &["run", "app.py"]));
    server.wait_for("wasgi: packages from requirements.txt (installed before");
    assert_eq!(server.get("/").ok(), "hello 1.6");
}

#[test]
fn requirements_are_installed_by_uv_where_it_is() {
    let project = project(&[("requirements-prod.txt", "greeting")]);
    let server = Server::start(by_uv(&project, &["run", "app.py"]));
    server.wait_for("wasgi: install what requirements-prod.txt declares, by uv");
    assert_eq!(server.get("/").ok(), "hello 1.6");
}

/// As `uv sync` does, the project itself is installed, too.
#[test]
fn a_lock_file_of_uvs_is_followed() {
    let table =
        "[project]\nname = 'my-shop'\nversion = '2.0'\nrequires-python = '>=3.8'\ndependencies = ['greeting<1.6']\n";
    let project = project(&[("pyproject.toml", table)]);
    let source =
        APP.replace("version(\"greeting\")", "version(\"greeting\") + importlib.metadata.version(\"my-shop\")");
    project.write("src/my_shop/__init__.py", &source);
    let mut lock = Command::new("uv");
    lock.args(["lock", "--quiet", "--find-links", "wheels", "--no-index"]).env("PATH", uv());
    assert!(lock.current_dir(project.path("")).status().expect("uv runs").success());
    let server = Server::start(by_uv(&project, &["run", "my_shop:app"]));
    server.wait_for("wasgi: install what uv.lock declares, by uv");
    assert_eq!(server.get("/").ok(), "hello 1.52.0");
    project.write("uv.lock", "# changed\n");
    let message = refused(by_pip(&project, &["run", "my_shop:app", "--bind", "127.0.0.1:0"]));
    assert!(message.contains("uv.lock is a lock file of uv's, and there is no uv: install uv"), "{message}");
}

#[test]
fn a_project_and_a_script_declare_dependencies_in_toml() {
    let project = project(&[("pyproject.toml", "[project]\nname = 'shop'\ndependencies = ['greeting==1.5']\n")]);
    assert_eq!(Server::start(by_pip(&project, &["run", "app.py"])).get("/").ok(), "hello 1.5");
    let script = format!("# /// script\n# dependencies = ['greeting']\n# ///\n{APP}");
    project.write("alone/app.py", &script);
    let mut command = by_pip(&project, &["run", "app.py"]);
    command.current_dir(project.path("alone"));
    let server = Server::start(command);
    server.wait_for("wasgi: packages from app.py (");
    assert_eq!(server.get("/").ok(), "hello 1.6");
}

#[test]
fn what_cannot_be_installed_says_why() {
    let project = project(&[("requirements.txt", "greeting==9.9")]);
    for command in [by_pip(&project, &RUN), by_uv(&project, &RUN)] {
        let message = refused(command);
        assert!(message.contains("requirements.txt: ") && message.contains("greeting==9.9"), "{message}");
    }
    let message = refused(with_nothing(&project, &RUN));
    assert!(message.contains("there is neither uv nor pip to install them: install one of them"), "{message}");
    let message = refused(by_pip(&project, &[&RUN[..], &["--requirement", "missing.txt"]].concat()));
    assert!(message.contains("--requirement missing.txt: there is no such file"), "{message}");
}
