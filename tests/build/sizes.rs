//! The sizes of components, which contain the whole standard library.

use crate::harness::wasgi;
use std::fs;
use std::path::Path;

/// Registries and hosts transfer components compressed, nearly all of them as well as `zstd -19` or worse.
const LEVEL: i32 = 19;

/// Builds an application of `examples`; returns its component's size in bytes, raw and compressed.
fn sizes(app: &str) -> (usize, usize) {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(app);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("built.wasm");
    let output = wasgi(&["build"]).arg(&app).arg("--output").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let component = fs::read(file).unwrap();
    let compressed = zstd::encode_all(&component[..], LEVEL).unwrap();
    println!("{}: {} bytes, {} compressed", app.display(), component.len(), compressed.len());
    (component.len(), compressed.len())
}

#[test]
fn hello_takes_at_most_18_mb_and_compressed_7() {
    let (raw, compressed) = sizes("hello.py");
    assert!(raw <= 18_000_000 && compressed <= 7_000_000, "{raw}, {compressed}");
}

#[test]
fn flask_takes_at_most_27_mb_and_compressed_10() {
    let (raw, compressed) = sizes("flask_app/app.py");
    assert!(raw <= 27_000_000 && compressed <= 10_000_000, "{raw}, {compressed}");
}
