//! Packs the guest core module and the standard library, made by `guest/build.py`, for embedding in the binary.

#[path = "src/image.rs"]
#[allow(dead_code, reason = "the builder is shared with the host; the reader is not used here")]
mod image;

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// High enough to halve the binary, low enough to pack in a few seconds.
const ZSTD_LEVEL: i32 = 15;

fn main() -> Result<()> {
    let guest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../guest/build");
    let core = guest.join("guest.wasm");
    let root = guest.join("root");
    println!("cargo::rerun-if-changed=src/image.rs");
    println!("cargo::rerun-if-changed={}", core.display());
    let core_module = std::fs::read(&core).with_context(|| {
        format!("{} is missing: `./just guest` (or `python3 guest/build.py`) makes it", core.display())
    })?;
    let lock = std::fs::read_to_string("../Cargo.lock").context("Cargo.lock")?;
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rustc-env=WASMTIME_VERSION={}", wasmtime_version(&lock).context("wasmtime in Cargo.lock")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let provenance = guest.join("provenance.json");
    println!("cargo::rerun-if-changed={}", provenance.display());
    std::fs::copy(&provenance, out.join("provenance.json")).with_context(|| provenance.display().to_string())?;
    compress(&core_module, &out.join("guest.wasm.zst"))?;
    compress(&pack(&root)?, &out.join("root.image.zst"))
}

/// For the bill of materials: wasmtime's adapter goes into each component.
fn wasmtime_version(lock: &str) -> Option<&str> {
    let package = lock.split("[[package]]\n").find(|package| package.starts_with("name = \"wasmtime\"\n"))?;
    package.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

fn compress(bytes: &[u8], to: &Path) -> Result<()> {
    std::fs::write(to, zstd::encode_all(bytes, ZSTD_LEVEL)?).with_context(|| to.display().to_string())
}

/// Every file below `root`, each deflated on its own: the guest inflates what it opens.
fn pack(root: &Path) -> Result<Vec<u8>> {
    let mut builder = image::ImageBuilder::default();
    let mut pending = vec![root.to_path_buf()];
    while let Some(folder) = pending.pop() {
        println!("cargo::rerun-if-changed={}", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let name = path.strip_prefix(root)?.to_str().context("file name is not UTF-8")?;
            // No time of the building machine goes into the binary.
            builder.add(name.as_bytes(), image::File::deflated(std::fs::read(&path)?, 0)?)?;
        }
    }
    builder.finish()
}
