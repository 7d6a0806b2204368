//! Stock engines, installed by `./just engines`.

use std::path::PathBuf;
use std::process::Command;

/// The `wasmtime` command.
pub fn wasmtime() -> Command {
    let program = folder().join("wasmtime/bin/wasmtime");
    assert!(program.exists(), "{} is missing: ./just engines", program.display());
    Command::new(program)
}

/// Where the justfile puts them: they outlive a checkout, as they take minutes to build.
fn folder() -> PathBuf {
    let cache = std::env::var_os("WASGI_CACHE").map(PathBuf::from);
    cache.unwrap_or_else(|| dirs::cache_dir().expect("a home folder").join("wasgi")).join("engines")
}
