//! Joins side modules to the guest's core module: packages' native code becomes a part of the interpreter.
//!
//! A side module is position-independent code in the format of WebAssembly's dynamic linking (its custom section
//! `dylink.0`). A dynamic linker would load it into each fresh instance; this pass does the linker's work once, before
//! the guest boots. Code and data are appended to the guest's, imports are resolved against the guest's exports, and
//! all addresses become constants. The result is an ordinary module, and imports no more than the guest.

mod append;
mod exports;
mod image;
mod methods;
mod resolve;
mod side;
mod unwind;

use super::reencode;
use anyhow::{Context, Result};
use append::Appended;
use exports::Exports;
use resolve::Layout;
use side::Side;
use std::collections::{BTreeMap, HashSet};

/// A package's native code.
#[derive(Clone, Copy)]
pub struct Package<'a> {
    /// For error messages.
    pub name: &'a str,
    pub side_module: &'a [u8],
    /// Each extension module's dotted name and the export that initialises it (PEP 489).
    pub modules: &'a BTreeMap<String, String>,
    /// Whether what it draws from entropy are seeds, of which a build need not warn.
    pub draws_seeds: bool,
}

/// Returns the guest with the packages' code in it, which registers their modules with CPython when it is initialised.
/// Of the guest's exports only those in `kept` stay: the others serve the resolving of imports.
///
/// # Errors
/// When a package imports what the guest does not export, or is no side module of the expected form.
pub fn join(guest: &[u8], kept: &HashSet<String>, packages: &[Package]) -> Result<Vec<u8>> {
    let exports = Exports::of(guest)?;
    let mut layout = Layout::after(&exports);
    let mut placed = vec![];
    for package in packages {
        let joined = || format!("joining the native code of {}", package.name);
        let mut side = Side::of(package.side_module).with_context(joined)?;
        if package.draws_seeds {
            side.draw_seeds();
        }
        placed.push(layout.place(&exports, side, package.modules).with_context(joined)?);
    }
    reencode::module(guest, &mut Appended::new(&exports, kept, layout, placed)?)
}

/// The names of a module's exports.
///
/// # Errors
/// When it is not a core module.
pub fn exported(core_module: &[u8]) -> Result<HashSet<String>> {
    Ok(Exports::of(core_module)?.names().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
