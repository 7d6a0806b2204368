//! Packs the guest core module and the standard library, made by `guest/build.py`, for embedding in the binary.

#[path = "src/image.rs"]
#[allow(dead_code, reason = "the builder is shared with the host; the reader is not used here")]
mod image;
#[path = "src/wasm/passes.rs"]
mod passes;

use anyhow::{Context, Result};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// High enough to halve the binary, low enough to pack in a few seconds.
const ZSTD_LEVEL: i32 = 15;
/// The binary logarithm of how far back a difference may look: over all of a core module.
const WINDOW_LOG: u32 = 24;
/// Bytes. Twice as many make hello's component no smaller.
const DICTIONARY: usize = 512 << 10;

fn main() -> Result<()> {
    let guest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../guest/build");
    let core = guest.join("guest.wasm");
    let root = guest.join("root");
    println!("cargo::rerun-if-changed=src/image.rs");
    println!("cargo::rerun-if-changed=src/image");
    println!("cargo::rerun-if-changed={}", core.display());
    let core_module = std::fs::read(&core).with_context(|| {
        format!("{} is missing: `./just guest` (or `python3 guest/build.py`) makes it", core.display())
    })?;
    let lock = std::fs::read_to_string("../Cargo.lock").context("Cargo.lock")?;
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rustc-env=WASMTIME_VERSION={}", version(&lock, "wasmtime")?);
    let zstd = version(&lock, "zstd-sys")?;
    println!("cargo::rustc-env=ZSTD_VERSION={}", zstd.rsplit("zstd.").next().unwrap_or(zstd));
    for file in passes::files(Path::new("src"))? {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    println!("cargo::rustc-env=PASSES={}", passes::fingerprint(Path::new("src"))?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rustc-env=TARGET={}", std::env::var("TARGET")?);
    std::fs::write(out.join("machine-code"), machine_code()?)?;
    let provenance = guest.join("provenance.json");
    println!("cargo::rerun-if-changed={}", provenance.display());
    std::fs::copy(&provenance, out.join("provenance.json")).with_context(|| provenance.display().to_string())?;
    let provenance = std::fs::read_to_string(&provenance)?;
    let series = series(&provenance)?;
    println!("cargo::rustc-env=PYTHON_SERIES={series}");
    println!("cargo::rustc-env=PYTHON_TAG=cpython-{}", series.replace('.', ""));
    compress(&core_module, &out.join("guest.wasm.zst"))?;
    native(&guest.join("native"), &core_module, &out)?;
    compress(&pack(&root)?, &out.join("root.image.zst"))
}

/// Major and minor version of the guest's CPython, as `provenance.json` has it.
fn series(provenance: &str) -> Result<&str> {
    let python = provenance.split('{').find(|entry| entry.contains("\"name\": \"CPython\""));
    let version = python.and_then(|entry| entry.split_once("\"version\": \"")?.1.split_once('"'));
    let (series, _) =
        version.and_then(|(version, _)| version.rsplit_once('.')).context("CPython in provenance.json")?;
    Ok(series)
}

/// What `wasgi machine-code` wrote, where it is given: then the program carries it (`src/engine/embedded.rs`).
fn machine_code() -> Result<Vec<u8>> {
    println!("cargo::rerun-if-env-changed=WASGI_MACHINE_CODE");
    let Some(file) = std::env::var_os("WASGI_MACHINE_CODE").map(PathBuf::from) else { return Ok(vec![]) };
    println!("cargo::rerun-if-changed={}", file.display());
    std::fs::read(&file).with_context(|| format!("WASGI_MACHINE_CODE={}", file.display()))
}

/// For the bill of materials: wasmtime's adapter and Zstandard's decoder go into each component.
fn version<'l>(lock: &'l str, name: &str) -> Result<&'l str> {
    let name = format!("name = \"{name}\"\n");
    let package = lock.split("[[package]]\n").find(|package| package.starts_with(&name));
    let version = package
        .and_then(|package| package.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"')));
    version.with_context(|| format!("{name} in Cargo.lock"))
}

fn compress(bytes: &[u8], to: &Path) -> Result<()> {
    std::fs::write(to, zstd::encode_all(bytes, ZSTD_LEVEL)?).with_context(|| to.display().to_string())
}

/// The packages' native code: its index, the side modules in the index's order, each after its length, and the guest that
/// they are joined to, as a difference to the other.
fn native(folder: &Path, core_module: &[u8], out: &Path) -> Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let index = std::fs::read_to_string(folder.join("index.json")).context("the index of native code")?;
    std::fs::write(out.join("native.json"), &index)?;
    let mut modules = vec![];
    for name in index.lines().filter_map(|line| line.strip_prefix("    \"name\": \"")?.strip_suffix("\",")) {
        let module = std::fs::read(folder.join(format!("{name}.wasm"))).with_context(|| name.to_owned())?;
        modules.extend(u32::try_from(module.len())?.to_le_bytes());
        modules.extend(module);
    }
    compress(&modules, &out.join("native.zst"))?;
    let mut packed = zstd::Encoder::with_ref_prefix(vec![], ZSTD_LEVEL, core_module)?;
    packed.window_log(WINDOW_LOG)?;
    packed.long_distance_matching(true)?;
    packed.write_all(&std::fs::read(folder.join("guest.wasm"))?)?;
    Ok(std::fs::write(out.join("native-guest.zst"), packed.finish()?)?)
}

/// Every file below `root`, each compressed on its own: the guest unpacks what it opens. What the files have in common
/// is in a dictionary, for which an application's packages are like enough, too.
fn pack(root: &Path) -> Result<Vec<u8>> {
    let mut files = vec![];
    read(root, root, &mut files)?;
    let content: Vec<_> = files.iter().map(|(_, bytes)| bytes).collect();
    let dictionary = zstd::dict::from_samples(&content, DICTIONARY).context("making the dictionary")?;
    let packer = image::Packer::new(&dictionary)?;
    let mut builder = image::ImageBuilder::with_dictionary(&dictionary);
    for (name, bytes) in &files {
        // No time of the building machine goes into the binary.
        builder.add(name.as_bytes(), image::File::packed(&bytes[..], packer.pack(bytes)?, 0)?)?;
    }
    builder.finish()
}

/// Names below `root` and contents, in the order of the names.
fn read(folder: &Path, root: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, root, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_str().context("file name is not UTF-8")?;
            files.push((name.to_owned(), std::fs::read(&path)?));
        }
    }
    Ok(())
}
