//! The guest that travels inside the binary: core module and standard library, made by `guest/build.py`.

use anyhow::{Context, Result};

const CORE_MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/guest.wasm.zst"));
const ROOT_IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/root.image.zst"));

/// The guest's core module, before any snapshot.
pub fn core_module() -> Result<Vec<u8>> {
    zstd::decode_all(CORE_MODULE).context("unpacking the embedded guest")
}

/// The file image with the standard library and the gateway.
pub fn root_image() -> Result<Vec<u8>> {
    zstd::decode_all(ROOT_IMAGE).context("unpacking the embedded standard library")
}

/// What tells this binary's guest from another's: the packed bytes, cheap to hash.
pub fn identity() -> [&'static [u8]; 2] {
    [CORE_MODULE, ROOT_IMAGE]
}
