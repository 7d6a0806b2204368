//! The same component on stock engines, which have no support for wasgi.

use crate::harness::{Project, Server};
use crate::sandbox::bombs::BOMBS;

/// The most memory that the engine may take beside the guest's linear memory, in KiB.
const ENGINES_OWN: usize = 16 << 10;

#[test]
fn the_cap_in_the_file_holds_under_wasmtime() {
    let project = Project::new(&[("hog.py", include_str!("../apps/hog.py"))]);
    let component = project.build_with("hog.py", &["--memory", "64MiB"]);
    check_cap("wasmtime serve", &Server::wasmtime(&component, &[]));
}

/// Checks an engine that serves `hog.py` with a cap of 64 MiB.
pub fn check_cap(engine: &str, server: &Server) {
    assert_eq!(server.get("/caught").ok(), "caught MemoryError");
    for (bomb, _) in BOMBS {
        let more = server.peak_of(|| {
            let reply = server.get(&format!("/{bomb}"));
            assert_eq!((reply.status, reply.text()), (500, "The request reached its memory cap.\n"), "{bomb}");
        });
        println!("{engine}, cap 64 MiB, {bomb}: {} MiB more at most", more >> 10);
        assert!(more <= (64 << 10) + ENGINES_OWN, "{bomb}: {more} KiB more at the peak");
    }
    assert_eq!(server.get("/caught").ok(), "caught MemoryError");
}

#[test]
fn a_directory_is_seen_where_wasmtime_grants_it() {
    let project = Project::new(&[("app.py", include_str!("../apps/directory.py")), ("data/note.txt", "from the host")]);
    let component = project.build_with("app.py", &["--filesystem"]);
    let grant = format!("{}::/data", project.path("data").display());
    let seen = Server::wasmtime(&component, &["--dir", &grant]).get("/").json();
    assert_eq!(seen["read"], "from the host");
    assert_eq!(Server::wasmtime(&component, &[]).get("/").json()["read"], "FileNotFoundError");
}

#[test]
fn a_component_for_directories_sees_none_under_jco() {
    let project = Project::new(&[("app.py", include_str!("../apps/looking.py"))]);
    let component = project.build_with("app.py", &["--filesystem"]);
    let seen = Server::jco(&component, &[]).get("/").json();
    assert_eq!(seen["root"], serde_json::json!(["app", "lib", "tmp", "wasgi"]));
    assert_eq!(seen["passwd"], "OSError: FileNotFoundError");
}
