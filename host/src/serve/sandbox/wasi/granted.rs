//! What a store's data has for the files of a guest.

use crate::budget::Budget;
use crate::grants::Grants;
use crate::grants::locks::Locks;
use std::sync::Arc;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::Descriptor;

/// A sandbox, as wasi:filesystem sees it.
pub trait Granted: WasiView + 'static {
    /// Bytes that may still go into directories.
    fn written(&self) -> &Arc<Budget>;

    /// What it has locked, and where that lies.
    fn locks(&mut self) -> (&mut Locks, &mut ResourceTable);

    fn grants(&self) -> &Arc<Grants>;

    /// A file or directory that the guest has open.
    fn descriptor(&self, handle: &Resource<Descriptor>) -> Option<&Descriptor>;

    /// Of those that `--handles` allows.
    fn handles_left(&mut self) -> usize;
}
