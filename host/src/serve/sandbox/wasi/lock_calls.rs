//! File locks, and files that are handed over, by `descriptor.advise`, in the terms of guest/src/locks.h.

use super::granted::Granted;
use super::quota::{Answered, TYPES, answered};
use crate::grants::locks::MARK;
use crate::grants::ranges::Span;
use crate::serve::files::handed::Handed;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::types::{Advice, ErrorCode, HostDescriptor};

/// Replaces a linked function.
///
/// # Errors
/// When the linker forbids shadowing.
pub fn add_to_linker<T: Granted>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.instance(TYPES)?.func_wrap_async("[method]descriptor.advise", |store, (file, offset, length, advice)| {
        Box::new(advise(store, file, offset, length, advice))
    })
}

async fn advise(
    mut store: StoreContextMut<'_, impl Granted>,
    file: Resource<Descriptor>,
    offset: u64,
    length: u64,
    advice: Advice,
) -> Answered<()> {
    let sandbox = store.data_mut();
    if offset & MARK == 0 {
        return answered(sandbox.filesystem().advise(file, offset, length, advice).await);
    }
    let Descriptor::File(file) = sandbox.filesystem().table.get(&file)?.clone() else {
        return Ok((Err(ErrorCode::BadDescriptor),));
    };
    let range = (offset & !MARK, length);
    if matches!(advice, Advice::NoReuse) {
        let handed = Handed::of(&file, sandbox.grants(), range.0, range.1);
        return Ok((handed.map(|handed| sandbox.hands_over(handed)),));
    }
    let (locks, table) = sandbox.locks();
    if length & MARK != 0 {
        return Ok((locks.lock_whole(&file, advice),));
    }
    Ok((locks.lock_range(table, &file, Span::new(range.0, range.1), advice),))
}
