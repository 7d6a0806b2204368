//! The guest embedded in the binary: core module and standard library, made by `guest/build.py`.

use crate::store::cache;
use anyhow::{Context, Result};
use std::sync::LazyLock;

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

/// The origins of CPython and the libraries in the guest (`python-wasm/`): versions, hashes, licences.
pub const PROVENANCE: &str = include_str!(concat!(env!("OUT_DIR"), "/provenance.json"));

/// The fingerprint of this binary's guest.
pub fn fingerprint() -> &'static str {
    static FINGERPRINT: LazyLock<String> = LazyLock::new(|| cache::fingerprint([CORE_MODULE, ROOT_IMAGE]));
    &FINGERPRINT
}
