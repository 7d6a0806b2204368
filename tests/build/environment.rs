//! Variables at import: those of `wasgi run`, of a build, and of a server that imports at its start.

use crate::harness::{Project, Server};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const APP: &str = include_str!("../apps/granted/twelve.py");
const SECRET: &str = "nobody-may-read-this";

fn project() -> Project {
    Project::new(&[("app/app.py", APP)])
}

#[test]
fn what_is_granted_is_there_at_import() {
    let project = project();
    project.write(
        "app/.env",
        "export SECRET='of .env' # which is beside the application\nFROM=dotenv\nONLY=\"dot env\"\n",
    );
    project.write("given", "SECRET=of-a-file\nFROM=file\n");
    let given = ["app/app.py", "--env", "SECRET=s", "--env-file", "given"];
    let seen = "SECRET=s/s/s FROM=file/file/file ONLY=dot env/dot env/dot env";
    assert_eq!(project.run(&given).get("/").ok(), seen);
    let without = project.run(&[&given[..], &["--no-dotenv"]].concat());
    assert_eq!(without.get("/").ok(), "SECRET=s/s/s FROM=file/file/file ONLY=None/None/None");
    let server = project.run(&["app/app.py"]);
    let alone = "SECRET=of .env/of .env/of .env FROM=dotenv/dotenv/dotenv ONLY=dot env/dot env/dot env";
    assert_eq!(server.get("/").ok(), alone);
    project.write("app/.env", "SECRET=changed\n");
    server.wait_for("serving the changed files now");
    assert!(server.get("/").ok().starts_with("SECRET=changed/changed/changed "));
    project.write("app/.env", "SECRET=again\nnonsense\n");
    server.wait_for(".env: line 2: not a variable: write NAME=VALUE");
    assert!(server.get("/").ok().starts_with("SECRET=changed/"));
}

#[test]
fn a_build_has_what_it_is_told_to_bake_in() {
    let project = project();
    project.write("app/.env", "ONLY=never-in-a-build\n");
    let said = project.succeed(&["build", "app/app.py", "--build-env", &format!("SECRET={SECRET}")]);
    assert!(
        said.contains("in the file, with their values, as --build-env says: SECRET") && !said.contains(SECRET),
        "{said}"
    );
    let server = Server::serve(&project.path("app.wasm"));
    assert_eq!(server.get("/").ok(), format!("SECRET={SECRET}/{SECRET}/None FROM=None/None/None ONLY=None/None/None"));
}

#[test]
fn a_variable_that_is_missing_names_the_ways_to_give_it() {
    for verb in ["run", "build"] {
        let message = project().refused(&[verb, "app/app.py"]);
        for way in [
            "SECRET is not set",
            "--env SECRET or in a .env file",
            "--build-env SECRET=",
            "--import-at-start --env SECRET",
        ] {
            assert!(message.contains(way), "{verb}: {message}");
        }
    }
    let message = project().refused(&["build", "app/app.py", "--build-env", "WASGI_TESTS_NOT_SET"]);
    assert!(message.contains("--build-env WASGI_TESTS_NOT_SET: set it, or write"), "{message}");
}

fn holds_secret(project: &Project, file: &str) -> bool {
    fs::read(project.path(file)).unwrap().windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
}

#[test]
fn a_server_imports_again_with_what_it_grants() {
    let project = project();
    project.succeed(&["build", "app/app.py", "--build-env", "SECRET=a-stand-in", "--build-env", "ONLY=built"]);
    project.succeed(&["compile", "app.wasm"]);
    for file in ["app.wasm", "app.cwasm"] {
        let mut command =
            project.wasgi(&["serve", file, "--import-at-start", "--env", "SECRET", "--env", "FROM=server"]);
        command.env("SECRET", SECRET);
        let server = Server::start(command);
        let expected = format!("SECRET={SECRET}/{SECRET}/{SECRET} FROM=server/server/server ONLY=built/built/None");
        assert_eq!(server.get("/").ok(), expected, "{file}");
        assert!(
            file == "app.wasm" || server.log().contains("compile: nothing but the snapshot is new"),
            "{}",
            server.log()
        );
        assert!(!holds_secret(&project, file));
        let message = project.refused(&["serve", file, "--import-at-start", "--dir", ".:/data"]);
        assert!(message.contains("build it with `wasgi build --filesystem`"), "{message}");
    }
    assert!(Server::serve(&project.path("app.wasm")).get("/").ok().starts_with("SECRET=a-stand-in/"));
}

#[test]
fn builds_with_secrets_are_readable_by_their_owner_alone() {
    let project = project();
    let mut command = project.wasgi(&["run", "app/app.py", "--env", &format!("SECRET={SECRET}")]);
    command.env("WASGI_CACHE", project.path("cache"));
    drop(Server::start(command));
    let mut entries = 0;
    for kind in ["builds", "compiled"] {
        let folder = project.path("cache").join(kind);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in fs::read_dir(folder).unwrap() {
            entries += 1;
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    assert!(entries >= 2);
}
