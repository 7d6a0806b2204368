//! What the filesystem functions need of a store's data.

use crate::budget::Budget;
use crate::grants::Grants;
use crate::grants::locks::Locks;
use crate::serve::files::handed::Handed;
use std::sync::Arc;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::Descriptor;

/// A sandbox, as wasi:filesystem sees it.
pub trait Granted: WasiView + 'static {
    /// Bytes that the guest may still write into directories.
    fn written(&self) -> &Arc<Budget>;

    /// The guest's locks, and the table that holds them.
    fn locks(&mut self) -> (&mut Locks, &mut ResourceTable);

    fn grants(&self) -> &Arc<Grants>;

    /// A file or directory that the guest has open.
    fn descriptor(&self, handle: &Resource<Descriptor>) -> Option<&Descriptor>;

    /// Keeps a file that the guest hands over, in place of an earlier one.
    fn hands_over(&mut self, file: Handed);

    /// How many more handles `--handles` allows.
    fn handles_left(&mut self) -> usize;
}
