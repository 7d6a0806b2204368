//! What `wasgi serve` is to serve, as its settings say it.

use super::options::ServeArgs;
use super::route::Route;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::sync::Arc;

/// An application, and what it is served with. Options of the whole server are the same in all of them.
pub struct Served {
    /// None for the only one, which the command line names.
    pub name: Option<Arc<str>>,
    /// Of one of several. The only one has its `--script-name`.
    pub route: Route,
    pub args: ServeArgs,
    /// Its own settings as they are written: equal ones mean the same.
    pub written: Vec<OsString>,
    /// The same of the whole server.
    pub of_server: Vec<OsString>,
}

/// Reads the settings: at least one application.
pub type Read = Arc<dyn Fn() -> Result<Vec<Served>> + Send + Sync>;

/// The applications now, and how to read them anew.
pub struct Serving {
    pub applications: Vec<Served>,
    pub again: Read,
}

/// An error says which of several applications it is about.
///
/// # Errors
/// That error.
pub fn blaming<T>(name: Option<&Arc<str>>, result: Result<T>) -> Result<T> {
    match name {
        Some(name) => result.with_context(|| name.to_string()),
        None => result,
    }
}
