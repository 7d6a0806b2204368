//! `wasi:cli/environment`: the variables that are granted, and those that tell where the request comes from.

use crate::budget::Budget;
use crate::grants::locks;
use crate::serve::request::connection_info::ConnectionInfo;
use anyhow::Result;
use wasmtime::component::{HasData, Linker};
use wasmtime_wasi::p2::bindings::cli::environment::{self, Host};

/// How the guest learns why its waits and streams end early. A variable, because no other host has to know of it.
const ENDED: &str = "WASGI_ENDED";

/// What a sandbox is told. WASI's own context is made with its variables, and sandboxes are made before it is known for
/// which request.
pub struct Environment<'a> {
    pub granted: &'a [(String, String)],
    pub origin: Option<&'a ConnectionInfo>,
    /// Why the guest must stop, where it must.
    pub end: Option<&'static str>,
    /// Files can be locked.
    pub locks: bool,
    /// Bytes of linear memory that it may have.
    pub memory: usize,
    /// What it may still write into directories.
    pub written: &'a Budget,
    /// Paths of the sandbox at which directories are read-only.
    pub read_only: &'a [String],
}

struct HasEnvironment;

impl HasData for HasEnvironment {
    type Data<'a> = Environment<'a>;
}

/// Links it.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, of: fn(&mut T) -> Environment<'_>) -> Result<()> {
    Ok(environment::add_to_linker::<T, HasEnvironment>(linker, of)?)
}

impl Host for Environment<'_> {
    /// Of two with one name, the last one counts.
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        let told = self.origin.iter().flat_map(|origin| origin.variables());
        let told = told.chain(self.end.map(|end| (ENDED, end.to_owned())));
        let locks = self.locks.then(|| (locks::ANNOUNCED.0, locks::ANNOUNCED.1.to_owned()));
        let told = told.chain(locks).map(|(name, value)| (name.to_owned(), value));
        Ok(self.granted.iter().cloned().chain(told).collect())
    }

    /// Its limits, for a guest that asks (`guest/src/limits.h`).
    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        let numbers = [format!("wasgi:memory={}", self.memory), format!("wasgi:directories={}", self.written.left())];
        Ok(numbers.into_iter().chain(self.read_only.iter().map(|path| format!("wasgi:read-only={path}"))).collect())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}
