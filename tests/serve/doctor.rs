//! `wasgi doctor` reports what a machine lacks, and how to fix it.

use crate::harness::{Project, refused};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn doctor(cache: &Path) -> Command {
    let mut command = Project::new(&[]).wasgi(&["doctor"]);
    command.env("WASGI_CACHE", cache).current_dir("/");
    command
}

/// The output on a machine that can serve.
fn healthy(cache: &Path) -> String {
    let output = doctor(cache).output().expect("it starts");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn a_machine_that_serves_is_told_so_line_by_line() {
    let project = Project::new(&[]);
    let said = healthy(&project.path("cache"));
    for name in ["kernel", "processor", "reset", "memory", "swap", "overcommit", "file descriptors", "cache"] {
        assert!(said.lines().any(|line| line[7..].starts_with(&format!("{name}: "))), "{name}: {said}");
    }
    assert!(said.lines().all(|line| line.starts_with("ok ") || line.starts_with("note ")), "{said}");
}

#[test]
fn a_cache_that_is_not_there_is_made() {
    let project = Project::new(&[]);
    let cache = project.path("new/cache");
    assert!(healthy(&cache).contains(&format!("{}/compiled", cache.canonicalize().expect("made").display())));
}

#[test]
fn a_cache_that_others_may_write_to_is_wrong() {
    let project = Project::new(&[("cache/note", "")]);
    let cache = project.path("cache");
    fs::set_permissions(&cache, Permissions::from_mode(0o777)).expect("it is ours");
    let said = refused(doctor(&cache));
    let cure = format!("chmod go-w {}", cache.canonicalize().expect("it is there").display());
    assert!(said.contains("wrong  cache: ") && said.contains(&cure), "{said}");
}

#[test]
fn a_cache_that_cannot_be_made_is_wrong() {
    let project = Project::new(&[("file", "")]);
    let said = refused(doctor(&project.path("file/cache")));
    assert!(said.contains("wrong  cache: cannot make the cache folder") && said.contains("set WASGI_CACHE"), "{said}");
}
