//! Stock engines, installed by `./just engines`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

/// The variable that has an engine's address, while the tests of our own host are run for it.
pub const ASK: &str = "WASGI_TESTS_ASK";
/// Why a test cannot be run for an engine.
pub const OWN_HOST: &str = "this is about wasgi's own host";

/// Where a server of all applications runs already.
pub fn asked() -> Option<SocketAddr> {
    std::env::var(ASK).ok().map(|address| address.parse().expect("address and port"))
}

/// The `wasmtime` command.
pub fn wasmtime() -> Command {
    installed("wasmtime/bin/wasmtime")
}

/// The `jco` command, which runs in Node.
pub fn jco() -> Command {
    installed("jco/node_modules/.bin/jco")
}

fn installed(program: &str) -> Command {
    let program = folder().join(program);
    assert!(program.exists(), "{} is missing: ./just engines", program.display());
    Command::new(program)
}

/// Where the justfile puts them: they outlive a checkout, as they take minutes to build.
fn folder() -> PathBuf {
    let cache = std::env::var_os("WASGI_CACHE").map(PathBuf::from);
    cache.unwrap_or_else(|| dirs::cache_dir().expect("a home folder").join("wasgi")).join("engines")
}
