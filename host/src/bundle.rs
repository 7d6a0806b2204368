//! The guest embedded in the binary: core module and standard library, made by `guest/build.py`.

use crate::store::cache;
use anyhow::{Context, Result};
use std::io::Read as _;
use std::sync::LazyLock;

const CORE_MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/guest.wasm.zst"));
const ROOT_IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/root.image.zst"));
const NATIVE_GUEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/native-guest.zst"));
const SIDE_MODULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/native.zst"));
/// The packages whose native code is compiled for the guest (`python-wasm/packages/`).
pub const NATIVE_INDEX: &str = include_str!(concat!(env!("OUT_DIR"), "/native.json"));

/// The guest's core module, before any snapshot.
pub fn core_module() -> Result<Vec<u8>> {
    zstd::decode_all(CORE_MODULE).context("unpacking the embedded guest")
}

/// The same guest with more exports: all that packages' native code calls.
pub fn native_guest(core_module: &[u8]) -> Result<Vec<u8>> {
    let mut guest = vec![];
    let mut decoder = zstd::Decoder::with_ref_prefix(NATIVE_GUEST, core_module)?;
    decoder.read_to_end(&mut guest).context("unpacking the guest for native code")?;
    Ok(guest)
}

/// The side modules with packages' native code, in the order of [`NATIVE_INDEX`].
pub fn side_modules() -> Result<Vec<Vec<u8>>> {
    let all = zstd::decode_all(SIDE_MODULES).context("unpacking the embedded native code")?;
    let (mut modules, mut rest) = (vec![], &all[..]);
    while let Some((length, content)) = rest.split_first_chunk() {
        let (module, next) = content.split_at(u32::from_le_bytes(*length) as usize);
        modules.push(module.to_vec());
        rest = next;
    }
    Ok(modules)
}

/// The file image with the standard library and the gateway.
pub fn root_image() -> Result<Vec<u8>> {
    zstd::decode_all(ROOT_IMAGE).context("unpacking the embedded standard library")
}

/// The origins of CPython and the libraries in the guest (`python-wasm/`): versions, hashes, licences.
pub const PROVENANCE: &str = include_str!(concat!(env!("OUT_DIR"), "/provenance.json"));

/// The fingerprint of this binary's guest.
pub fn fingerprint() -> &'static str {
    static FINGERPRINT: LazyLock<String> =
        LazyLock::new(|| cache::fingerprint([CORE_MODULE, ROOT_IMAGE, NATIVE_GUEST, SIDE_MODULES]));
    &FINGERPRINT
}
