//! Stock engines, installed by `./just engines`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

/// The variable with an engine's address, while the tests of our own host run against it.
pub const ASK: &str = "WASGI_TESTS_ASK";
/// The reason why a test cannot run against an engine.
pub const OWN_HOST: &str = "this is about wasgi's own host";

/// The address of a server of all applications that runs already.
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

/// wasmCloud's program, host and command in one.
pub fn wash() -> PathBuf {
    path("wasmcloud/wash_cli/wash")
}

fn installed(program: &str) -> Command {
    Command::new(path(program))
}

fn path(program: &str) -> PathBuf {
    let program = folder().join(program);
    assert!(program.exists(), "{} is missing: ./just engines", program.display());
    program
}

/// The justfile's folder for engines, outside of the checkout, because they take minutes to build.
fn folder() -> PathBuf {
    let cache = std::env::var_os("WASGI_CACHE").map(PathBuf::from);
    cache.unwrap_or_else(|| dirs::cache_dir().expect("a home folder").join("wasgi")).join("engines")
}
