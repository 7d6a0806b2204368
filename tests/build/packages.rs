//! Installed packages: from --site-packages, from a virtual environment, and those with native code.

use crate::harness::{Project, SITE, Server};

const NATIVE: &str = concat!("_c.", env!("PYTHON_TAG"), "-x86_64-linux-gnu.so");

const APP: &str = "
import importlib.metadata
import importlib.resources

import greeting


def app(environ, start_response):
    template = importlib.resources.files(greeting).joinpath('template.txt').read_text()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [template.format(version=importlib.metadata.version('greeting')).encode()]
";

/// An app beside a site-packages folder with one distribution in it.
fn with_packages(site_packages: &str, app: &str) -> Project {
    let project = Project::new(&[("app/app.py", app)]);
    for (file, text) in [
        ("greeting/__init__.py", "from . import words\n"),
        ("greeting/words.py", "HELLO = 'hello'\n"),
        ("greeting/template.txt", "hello from version {version}"),
        ("greeting-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.5\n"),
        ("greeting-1.5.dist-info/RECORD", &format!("greeting/__init__.py,,\ngreeting/{NATIVE},,\n")),
    ] {
        project.write(&format!("{site_packages}/{file}"), text);
    }
    project
}

fn greets(server: &Server) {
    assert_eq!(server.get("/").ok(), "hello from version 1.5");
}

#[test]
fn from_a_folder_that_is_named() {
    let project = with_packages("packages", APP);
    greets(&project.run(&["app/app.py", "--site-packages", "packages"]));
}

#[test]
fn from_the_virtual_environment_beside_the_application() {
    let project = with_packages(&format!("app/.venv/{SITE}"), APP);
    let server = project.run(&["app/app.py"]);
    assert!(server.log().contains("wasgi: packages from "));
    greets(&server);
}

#[test]
fn from_the_active_virtual_environment() {
    let project = with_packages(&format!("env/{SITE}"), APP);
    let mut command = project.wasgi(&["run", "app/app.py"]);
    command.env("VIRTUAL_ENV", project.path("env"));
    greets(&Server::start(command));
}

#[test]
fn a_path_file_is_honoured() {
    let project = with_packages("packages", "import nested\n\n\ndef app(environ, start_response): ...\n");
    project.write("packages/nested.pth", "below\n");
    project.write("packages/below/nested.py", "");
    project.succeed(&["build", "app/app.py", "--site-packages", "packages"]);
}

/// `uv sync`, `poetry install` and `pip install --editable` install the project itself in this form.
#[test]
fn an_editable_install_of_the_application_is_followed() {
    let project = with_packages(&format!("app/.venv/{SITE}"), "");
    project.write("app/src/shop/__init__.py", APP);
    let links = format!("{}\n/nowhere/of-another-project\n", project.path("app/src").display());
    project.write(&format!("app/.venv/{SITE}/__editable__.shop-1.0.pth"), &links);
    let mut command = project.wasgi(&["run", "shop:app"]);
    command.current_dir(project.path("app"));
    let server = Server::start(command);
    let note = server.wait_for("wasgi: note: ");
    assert!(note.contains("__editable__.shop-1.0.pth names a folder outside of the application"), "{note}");
    greets(&server);
}

#[test]
fn native_code_is_named_when_it_is_imported() {
    let project = with_packages("packages", "from greeting import _c\n");
    project.write(&format!("packages/greeting/{NATIVE}"), "\x7fELF");
    let message = project.refused(&["run", "app/app.py", "--site-packages", "packages"]);
    assert!(message.contains("app.py cannot be imported"), "{message}");
    assert!(message.contains("greeting._c is native machine code"), "{message}");
    assert!(message.contains(&format!("greeting/{NATIVE} of greeting 1.5")), "{message}");
    assert!(message.contains("Instead: "), "{message}");
    assert!(message.contains("File \"/app/app.py\", line 1"), "{message}");
}

#[test]
fn native_code_is_named_in_a_request_too() {
    let project = with_packages("packages", "def app(environ, start_response):\n    from greeting import _c\n");
    project.write(&format!("packages/greeting/{NATIVE}"), "\x7fELF");
    let server = project.run(&["app/app.py", "--site-packages", "packages"]);
    assert_eq!(server.get("/").status, 500);
    server.wait_for("ImportError: cannot import name '_c' from 'greeting'");
    server.wait_for("greeting._c is native machine code");
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let project = with_packages("packages", "import nowhere\nimport elsewhere\nfrom greeting import _c\n");
    project.write(&format!("packages/greeting/{NATIVE}"), "\x7fELF");
    let message = project.refused(&["run", "app/app.py", "--site-packages", "packages"]);
    assert!(message.contains("app.py cannot be imported: there is no module named 'nowhere'"), "{message}");
    assert!(message.contains("It also imports what is not there:"), "{message}");
    assert!(message.contains("there is no module named 'elsewhere'"), "{message}");
}

#[test]
fn native_code_with_a_fallback_is_only_noted() {
    let source = format!("try:\n    import greeting._c\nexcept ImportError:\n    pass\n{APP}");
    let project = with_packages("packages", &source);
    project.write(&format!("packages/greeting/{NATIVE}"), "\x7fELF");
    let server = project.run(&["app/app.py", "--site-packages", "packages"]);
    greets(&server);
    assert!(server.log().contains("wasgi: note: greeting._c is native machine code"));
}

/// `pip install --target` installs the command's own wheel in this form, beside packages with commands.
#[test]
fn our_own_wheel_is_not_packed() {
    let app = "
import pathlib
import site

import wasgi


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    packages = pathlib.Path(site.getsitepackages()[0])
    files = sorted(str(path.relative_to(packages)) for path in packages.rglob('*') if path.is_file())
    return ['\\n'.join([wasgi.__file__, *files]).encode()]
";
    let project = Project::new(&[("app/app.py", app)]);
    for (file, text) in [
        ("wasgi/__init__.py", "raise ImportError('not the guest\'s own')\n"),
        ("wasgi/__main__.py", ""),
        ("wasgi-0.2.0.dist-info/METADATA", "Metadata-Version: 2.4\nName: wasgi\nVersion: 0.2.0\n"),
        ("wasgi-0.2.0.dist-info/RECORD", "wasgi/__init__.py,,\n"),
        ("bin/wasgi", "\x7fELF"),
        ("bin/greet", "#!/bin/sh\n"),
        ("wasgi_greeting.py", ""),
    ] {
        project.write(&format!("packages/{file}"), text);
    }
    let server = project.run(&["app/app.py", "--site-packages", "packages", "--sources", "application"]);
    assert_eq!(server.get("/").ok(), "/wasgi/wasgi/__init__.pyc\nbin/greet\nwasgi_greeting.pyc");
}

#[test]
fn a_folder_that_is_not_there() {
    let project = with_packages("packages", APP);
    let message = project.refused(&["run", "app/app.py", "--site-packages", "nowhere"]);
    assert!(message.contains("--site-packages nowhere: there is no such folder"), "{message}");
}

#[test]
fn a_package_that_is_not_installed() {
    let project = Project::new(&[("app.py", "import greeting\n")]);
    let message = project.refused(&["run", "app.py"]);
    assert!(message.contains("there is no module named 'greeting'"), "{message}");
    assert!(message.contains("--site-packages"), "{message}");
    assert!(message.contains("File \"/app/app.py\", line 1"), "{message}");
}

/// Like MarkupSafe, imports its C extension, with a fallback.
const ESCAPING: &str = "
try:
    from ._speedups import _escape_inner
except ImportError:
    _escape_inner = None
";

#[test]
fn markupsafe_has_its_part_in_c() {
    let app = "
import markupsafe


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain; charset=utf-8')])
    if markupsafe._escape_inner is None:
        return [b'does without']
    texts = 'plain', '<a href=\"x\">', \"it's & é\", '> Ω', '< 𝄞', ''
    return [' '.join(markupsafe._escape_inner(text) for text in texts).encode()]
";
    let escaped = "plain &lt;a href=&#34;x&#34;&gt; it&#39;s &amp; é &gt; Ω &lt; 𝄞 ";
    for (version, answer) in [("3.0.4", escaped), ("3.9", escaped), ("2.1.5", "does without"), ("4.0", "does without")]
    {
        let project = Project::new(&[("app/app.py", app)]);
        project.write("packages/markupsafe/__init__.py", ESCAPING);
        project.write(&format!("packages/markupsafe-{version}.dist-info/METADATA"), "Name: MarkupSafe\n");
        let server = project.run(&["app/app.py", "--site-packages", "packages"]);
        assert_eq!(server.get("/").ok(), answer, "of {version}");
    }
}
