//! wasi:filesystem, for components that import it: wasmtime-wasi's, with quotas, locks and shortcuts in front.

use super::files;
use super::granted::Granted;
use super::lock_calls;
use super::quota;
use crate::grants::Grants;
use anyhow::{Result, ensure};
use wasmtime::component::{Component, Linker, Resource};
use wasmtime::{Engine, StoreContextMut};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::cli::{
    exit, terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
};
use wasmtime_wasi::p2::bindings::filesystem::types;

/// As the adapter imports it.
const PREOPENS: &str = "wasi:filesystem/preopens@0.2.12";

/// A guest that uses files calls this first, and no other guest calls it: for those the host opens no directories.
async fn get_directories(
    mut store: StoreContextMut<'_, impl Granted>,
) -> wasmtime::Result<(Vec<(Resource<Descriptor>, String)>,)> {
    let grants = store.data().grants().clone();
    let mut given = vec![];
    for directory in grants.directories() {
        let opened = directory.open().await?;
        given.push((store.data_mut().filesystem().table.push(opened)?, directory.guest().to_owned()));
    }
    Ok((given,))
}

/// Links wasi:filesystem, and the other imports of the *reactor* adapter, for a component that imports it.
///
/// # Errors
/// When directories are granted to a component that cannot see them.
pub fn add_to_linker<T: Granted>(
    engine: &Engine,
    component: &Component,
    l: &mut Linker<T>,
    grants: &Grants,
) -> Result<()> {
    let ty = component.component_type();
    if !ty.imports(engine).any(|(name, _)| name.starts_with("wasi:filesystem/")) {
        ensure!(
            !grants.has_directories(),
            "this component cannot see directories (--dir): build it with `wasgi build --filesystem`"
        );
        return Ok(());
    }
    types::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
    l.allow_shadowing(true);
    quota::add_to_linker(l)?;
    lock_calls::add_to_linker(l)?;
    files::add_to_linker(l)?;
    l.allow_shadowing(false);
    l.instance(PREOPENS)?.func_wrap_async("get-directories", |store, ()| Box::new(get_directories(store)))?;
    exit::add_to_linker::<T, WasiCli>(l, T::cli)?;
    terminal_input::add_to_linker::<T, WasiCli>(l, T::cli)?;
    terminal_output::add_to_linker::<T, WasiCli>(l, T::cli)?;
    terminal_stdin::add_to_linker::<T, WasiCli>(l, T::cli)?;
    terminal_stdout::add_to_linker::<T, WasiCli>(l, T::cli)?;
    terminal_stderr::add_to_linker::<T, WasiCli>(l, T::cli)?;
    Ok(())
}
