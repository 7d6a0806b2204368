//! The note of `wasgi run` on what each request imports.

use crate::harness::{Server, wasgi_for_developers};

#[test]
fn a_developer_is_told_once_what_each_request_imports() {
    let server = Server::start(wasgi_for_developers(&["run", "late_imports.py"]));
    for path in ["/", "/report", "/report?again", "/"] {
        assert_eq!(server.get(path).status, 200);
    }
    server.wait_for_lines("GET / ", 2);
    let log = server.log();
    let notes: Vec<_> = log.lines().filter(|line| line.contains("modules (")).collect();
    let [note] = notes[..] else { panic!("{log}") };
    assert!(note.contains("wasgi: note: each GET /report imports"), "{note}");
    assert!(note.contains("(colorsys, csv, ") && note.ends_with("or build with --warm /report"), "{note}");
}

#[test]
fn who_serves_is_told_nothing() {
    let server = Server::run("late_imports.py");
    assert_eq!(server.get("/report").text(), "colorsys csv difflib plistlib tomllib");
    server.wait_for("GET /report");
    assert!(!server.log().contains("modules ("), "{}", server.log());
}
