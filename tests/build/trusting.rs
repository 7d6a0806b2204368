//! Machine code is accepted only from folders that no other user can write to, nor to any folder above.

use crate::harness::{Project, Server, refused};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// A project with `inner/deep/app.cwasm`.
fn project() -> Project {
    let project = Project::new(&[("app.py", "def app(e, start):\n    start('200 OK', [])\n    return [b'trusted']\n")]);
    fs::create_dir_all(project.path("inner/deep")).expect("new folders");
    let component = project.build("app.py");
    project.succeed(&["compile", component.to_str().expect("UTF-8"), "--output", "inner/deep/app.cwasm"]);
    allow(&project.path("inner"), 0o755);
    project
}

fn allow(folder: &Path, mode: u32) {
    fs::set_permissions(folder, Permissions::from_mode(mode)).expect("it is ours");
}

fn serves(project: &Project, file: &str) {
    assert_eq!(Server::start(project.wasgi(&["serve", file])).get("/").ok(), "trusted");
}

/// The message names the folder, and the cure.
fn is_refused(project: &Project, file: &str) {
    let message = project.refused(&["serve", file]);
    let inner = project.path("inner").canonicalize().expect("it is there");
    let cure = format!("chmod go-w {}", inner.display());
    assert!(message.contains("put another file in its place") && message.contains(&cure), "{message}");
}

#[test]
fn a_file_below_a_folder_that_others_may_write_to_is_refused() {
    let project = project();
    symlink("inner/deep/app.cwasm", project.path("link.cwasm")).expect("a new link");
    for file in ["inner/deep/app.cwasm", "link.cwasm"] {
        serves(&project, file);
        allow(&project.path("inner"), 0o777);
        is_refused(&project, file);
        // The sticky bit: no user can rename another's folder there.
        allow(&project.path("inner"), 0o1777);
        serves(&project, file);
        allow(&project.path("inner"), 0o755);
    }
}

#[test]
fn a_link_in_a_folder_that_others_may_write_to_counts_for_what_it_names() {
    let project = project();
    fs::create_dir(project.path("open")).expect("a new folder");
    symlink("../inner/deep/app.cwasm", project.path("open/app.cwasm")).expect("a new link");
    allow(&project.path("open"), 0o1777);
    serves(&project, "open/app.cwasm");
}

#[test]
fn a_cache_below_a_folder_that_others_may_write_to_is_refused() {
    let project = project();
    let serve = || {
        let mut command = project.wasgi(&["serve", "built.wasm"]);
        command.env("WASGI_CACHE", project.path("inner/deep/cache"));
        command
    };
    allow(&project.path("inner"), 0o777);
    let mut command = serve();
    command.args(["--bind", "127.0.0.1:0"]);
    let message = refused(command);
    let inner = project.path("inner").canonicalize().expect("it is there");
    assert!(message.contains("which others could replace") && message.contains("WASGI_CACHE"), "{message}");
    assert!(message.contains(&format!("chmod go-w {}", inner.display())), "{message}");
    allow(&project.path("inner"), 0o1777);
    assert_eq!(Server::start(serve()).get("/").ok(), "trusted");
}
