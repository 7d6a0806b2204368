//! `--dir` while the server runs: changes of its path, slow directories, and released files.

use crate::harness::{Project, Server};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);
/// More than the server has threads.
const SLOW: usize = 16;

fn project() -> Project {
    let app = include_str!("../apps/shelf.py");
    Project::new(&[("app.py", app), ("data/note.txt", "the first"), ("next/note.txt", "the second")])
}

fn serve(project: &Project) -> Server {
    project.run(&["app.py", "--dir", "data:/data"])
}

/// The server's open files in a directory.
fn open_files(server: &Server, directory: &Path) -> Vec<PathBuf> {
    let of_process = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let links = of_process.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.starts_with(directory)).collect()
}

#[test]
fn a_directory_that_takes_anothers_place_is_the_next_requests() {
    let project = project();
    let server = serve(&project);
    for _ in 0..4 {
        assert_eq!(server.get("/note.txt").ok(), "the first");
    }
    fs::rename(project.path("data"), project.path("old")).unwrap();
    fs::rename(project.path("next"), project.path("data")).unwrap();
    for _ in 0..4 {
        assert_eq!(server.get("/note.txt").ok(), "the second");
    }
}

#[test]
fn only_a_request_that_uses_files_needs_the_directory() {
    let project = project();
    let server = serve(&project);
    fs::rename(project.path("data"), project.path("old")).unwrap();
    assert_eq!(server.get("/note.txt").status, 500);
    server.wait_for("cannot open a granted directory: --dir data: No such file or directory");
    server.wait_for_line(|line| line.contains(" 500 ") && line.ends_with("no-grant"));
    assert_eq!(server.get("/").ok(), "no file");
    fs::rename(project.path("old"), project.path("data")).unwrap();
    assert_eq!(server.get("/note.txt").ok(), "the first");
}

#[test]
fn what_changes_is_seen_by_the_next_request() {
    let project = project();
    let server = serve(&project);
    assert_eq!(server.get("/new.txt").ok(), "FileNotFoundError");
    for text in ["a", "longer", ""] {
        fs::write(project.path("data/new.txt"), text).unwrap();
        assert_eq!(server.get("/new.txt").ok(), text);
    }
    fs::remove_file(project.path("data/new.txt")).unwrap();
    assert_eq!(server.get("/new.txt").ok(), "FileNotFoundError");
    fs::create_dir(project.path("data/new.txt")).unwrap();
    assert_eq!(server.get("/new.txt").ok(), "IsADirectoryError");
}

#[test]
fn all_ways_to_ask_for_a_file_tell_the_same() {
    let project = project();
    let server = serve(&project);
    project.write("data/long.txt", &"0123456789".repeat(30_000));
    for path in ["/note.txt", "/long.txt"] {
        assert_eq!(server.get(&format!("{path}?same")).ok(), "True", "{path}");
    }
}

#[test]
fn a_file_that_is_waited_for_keeps_no_other_request_waiting() {
    let project = project();
    let server = serve(&project);
    let fifo = |number: usize| project.path(&format!("data/fifo{number}"));
    let mut waiting: Vec<_> = (0..SLOW)
        .map(|number| {
            mkfifo(&fifo(number), Mode::S_IRWXU).unwrap();
            let mut connection = server.connect();
            connection.get(&format!("/fifo{number}"));
            connection
        })
        .collect();
    for _ in 0..50 {
        assert_eq!(server.get("/note.txt").ok(), "the first");
    }
    for (number, connection) in waiting.iter_mut().enumerate() {
        // Opening a FIFO for writing waits until its reader has opened it.
        drop(fs::OpenOptions::new().write(true).open(fifo(number)).unwrap());
        assert!(connection.head().starts_with("http/1.1 200"), "{number}");
    }
}

#[test]
fn nothing_of_a_directory_stays_open() {
    let project = project();
    let server = serve(&project);
    for _ in 0..8 {
        assert_eq!(server.get("/note.txt").ok(), "the first");
    }
    let began = Instant::now();
    let directory = project.path("data").canonicalize().unwrap();
    while let left @ [_, ..] = &open_files(&server, &directory)[..] {
        assert!(began.elapsed() < PATIENCE, "{left:?}");
        thread::yield_now();
    }
}
