//! `wasi:cli/environment`: the granted variables, and those that describe the connection.

use crate::budget::Budget;
use crate::grants::locks;
use crate::network::gate::Network;
use crate::outgoing::gate::Outgoing;
use crate::serve::request::connection_info::ConnectionInfo;
use anyhow::Result;
use wasmtime::component::{HasData, Linker};
use wasmtime_wasi::p2::bindings::cli::environment::{self, Host};

/// Why the guest's waits and streams end early. A variable, so that other hosts need not know it.
const ENDED: &str = "WASGI_ENDED";

/// A sandbox's variables and arguments. WASI's own context fixes its variables when it is made, but sandboxes are
/// prepared before their requests are known.
pub struct Environment<'a> {
    pub granted: &'a [(String, String)],
    pub origin: Option<&'a ConnectionInfo>,
    /// Why the guest must stop, if it must.
    pub end: Option<&'static str>,
    /// File locks are available.
    pub locks: bool,
    /// Bytes of linear memory that the sandbox may have.
    pub memory: usize,
    /// Bytes that it may still write into directories.
    pub written: &'a Budget,
    /// Guest paths of read-only directories.
    pub read_only: &'a [String],
    /// Whoever develops the application sees errors.
    pub developing: bool,
    /// To whom its requests may go out.
    pub outgoing: Option<&'a Outgoing>,
    /// To whom its sockets may connect.
    pub network: Option<&'a Network>,
}

struct HasEnvironment;

impl HasData for HasEnvironment {
    type Data<'a> = Environment<'a>;
}

/// Links this interface.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, of: fn(&mut T) -> Environment<'_>) -> Result<()> {
    Ok(environment::add_to_linker::<T, HasEnvironment>(linker, of)?)
}

impl Host for Environment<'_> {
    /// If a name occurs twice, the last one counts.
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        let told = self.origin.iter().flat_map(|origin| origin.variables());
        let told = told.chain(self.end.map(|end| (ENDED, end.to_owned())));
        let locks = self.locks.then(|| (locks::ANNOUNCED.0, locks::ANNOUNCED.1.to_owned()));
        let told = told.chain(locks).map(|(name, value)| (name.to_owned(), value));
        Ok(self.granted.iter().cloned().chain(told).collect())
    }

    /// The guest's limits (`guest/src/limits.h`).
    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        let numbers = [format!("wasgi:memory={}", self.memory), format!("wasgi:directories={}", self.written.left())];
        let read_only = self.read_only.iter().map(|path| format!("wasgi:read-only={path}"));
        let origins = self.outgoing.iter().flat_map(|outgoing| outgoing.origins());
        let origins = origins.map(|origin| format!("wasgi:http={origin}"));
        let network = self.network.iter().flat_map(|network| network.told());
        let developing = self.developing.then(|| "wasgi:developing=1".to_owned());
        let numbers = numbers.into_iter().chain(developing);
        Ok(numbers.chain(read_only).chain(origins).chain(network).collect())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}
