//! Packages' native code, joined to the interpreter.

use crate::harness::{Project, Server, wasgi};
use serde_json::json;
use std::path::{Path, PathBuf};

/// `./just requirements` installs the packages.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/native");
    assert!(folder.join(".venv").is_dir(), "no packages: run `./just requirements` (`./just test` does)");
    folder
}

fn formats() -> Server {
    let mut command = wasgi(&["run", "formats.py", "--timeout", "20s"]);
    command.current_dir(folder().join("apps")).env("VIRTUAL_ENV", folder().join(".venv"));
    Server::start(command)
}

#[test]
fn native_code_answers_as_the_same_in_python_and_an_attack_ends_one_request() {
    let server = formats();
    let said = server.log();
    assert!(
        said.contains("native code joined to the interpreter: msgpack 1.2.4, PyYAML 6.0.4, libyaml 0.2.5"),
        "{said}"
    );
    let yaml =
        json!({"same": true, "written": true, "name": "Gr\u{fc}\u{df}e", "parser": "<class 'yaml._yaml.CParser'>"});
    assert_eq!(server.get("/yaml").json(), yaml);
    let msgpack = json!({"same": true, "read": true, "packer": "msgpack._cmsgpack"});
    assert_eq!(server.get("/msgpack").json(), msgpack);
    assert_eq!(server.get("/ujson").json(), json!({"same": true}));
    assert_eq!(server.get("/damaged").json(), json!(["ParserError", "ValueError", "JSONDecodeError"]));
    for attack in ["/bomb", "/deep"] {
        let reply = server.get(attack);
        assert!(reply.status >= 500, "{attack}: {}", reply.status);
        assert_eq!(server.get("/yaml").json(), yaml, "after {attack}");
    }
}

#[test]
fn a_component_lists_the_native_code_with_its_licences() {
    let project = Project::new(&[]);
    let component = project.path("formats.wasm").display().to_string();
    let site = std::fs::read_dir(folder().join(".venv/lib")).unwrap().next().unwrap().unwrap().path();
    let site = site.join("site-packages").display().to_string();
    let app = folder().join("apps/formats.py").display().to_string();
    project.succeed(&["build", &app, "--site-packages", &site, "-o", &component]);
    let text = project.succeed(&["inspect", &component]);
    assert!(
        text.contains("native code       msgpack 1.2.4 (Apache-2.0), PyYAML 6.0.4 (MIT), libyaml 0.2.5 (MIT)"),
        "{text}"
    );
    let bill = project.succeed(&["inspect", &component, "--sbom"]);
    assert!(bill.contains("libyaml") && bill.contains("native code, compiled for the guest"), "{bill}");
}

#[test]
fn another_version_says_which_ones_there_are() {
    let project = Project::new(&[("app/app.py", "import yaml._yaml\n")]);
    let module = concat!("yaml/_yaml.", env!("PYTHON_TAG"), "-x86_64-linux-gnu.so");
    for (file, text) in [
        ("yaml/__init__.py", ""),
        (module, "\x7fELF"),
        ("PyYAML-5.4.dist-info/METADATA", "Metadata-Version: 2.1\nName: PyYAML\nVersion: 5.4\n"),
        ("PyYAML-5.4.dist-info/RECORD", &format!("yaml/__init__.py,,\n{module},,\n")),
    ] {
        project.write(&format!("packages/{file}"), text);
    }
    let said = project.refused(&["run", "app/app.py", "--site-packages", "packages"]);
    assert!(said.contains("wasgi has it for the sandbox in other versions: install 6.0"), "{said}");
}
