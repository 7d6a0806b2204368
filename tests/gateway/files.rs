//! Files inside the component: code imported late, data, resources, and C parts of the standard library.

use crate::harness::Server;

const TEXT: &str = "grüße aus dem Paket\n";

#[track_caller]
fn answers(server: &Server, path: &str, expected: &str) {
    assert_eq!(server.get(path).ok(), expected, "{path}");
}

#[test]
fn modules_are_imported_at_request_time() {
    let server = Server::all_apps();
    // False: it was not in the snapshot already.
    answers(&server, "/files/late_stdlib", "False 1");
    answers(&server, "/files/late_sibling", "False late but here");
    answers(&server, "/files/late_package", "False jam from the larder 2.0");
}

#[test]
fn data_files_are_read() {
    let server = Server::all_apps();
    answers(&server, "/files/data", TEXT);
    answers(&server, "/files/relative", TEXT);
    answers(&server, "/files/resource", TEXT);
    answers(&server, "/files/pkgutil", TEXT);
    answers(&server, "/files/seek", &format!("{} b'aket\\n' {}", TEXT.len() - 5, TEXT.len()));
}

#[test]
fn folders_are_listed() {
    let server = Server::all_apps();
    answers(&server, "/files/listing", "__init__.py data.txt late.py");
    answers(&server, "/files/walk", "bundle/__init__.py bundle/data.txt bundle/late.py");
    answers(&server, "/files/is_there", "True False");
}

#[test]
fn an_application_reads_its_own_source() {
    let server = Server::all_apps();
    assert!(server.get("/files/source").ok().starts_with("\"\"\"Files of the application"));
}

#[test]
fn a_missing_file_is_an_ordinary_error() {
    let missing = "[Errno 44] No such file or directory: 'bundle/missing.txt'";
    answers(&Server::all_apps(), "/files/missing", missing);
}

#[test]
fn an_empty_path_names_nothing() {
    let refused: String = ["stat", "listdir", "open", "mkdir", "rename", "chdir", "chmod"]
        .map(|call| format!("{call}: FileNotFoundError\n"))
        .concat();
    answers(&Server::all_apps(), "/nameless", &format!("{refused}isdir: False\naccess: False\n"));
}

#[test]
fn the_standard_library_has_its_batteries() {
    let server = Server::all_apps();
    answers(&server, "/batteries/sqlite", "one,two");
    answers(&server, "/batteries/zoneinfo", "2024-07-01T10:00:00+00:00");
    answers(&server, "/batteries/zlib", "True there and back");
    answers(&server, "/batteries/decimal", "0.3");
    answers(&server, "/batteries/unicodedata", "LATIN SMALL LETTER SHARP S");
    answers(&server, "/batteries/xml", "text");
    let digest = server.get("/batteries/hashlib");
    assert_eq!(digest.ok(), "0211a188a65f2158ebd979d34909ed833e1d896a4386107ee8a6e816a4a0aaf1");
}

/// Modules of the standard library that no host can import, and why, in the format of `tests/apps/library.py`.
const NOT_IMPORTED: &str = include_str!("../library.txt");

#[test]
fn the_rest_of_the_standard_library_imports() {
    let told = Server::all_apps().get("/library");
    assert_eq!(told.ok(), NOT_IMPORTED);
}
