//! How a pass writes a core module anew: `wasm_encoder` copies it, and the pass changes what passes by.

use anyhow::Result;
use std::convert::Infallible;
use wasm_encoder::Module;
use wasm_encoder::reencode::{Reencode, utils};
use wasmparser::{Parser, Payload};

/// Gives the module as `pass` writes it.
///
/// # Errors
/// When it is not a core module.
pub fn module(core_module: &[u8], pass: &mut impl Reencode<Error = Infallible>) -> Result<Vec<u8>> {
    let mut written = Module::new();
    utils::parse_core_module(pass, &mut written, Parser::new(0), core_module)?;
    Ok(written.finish())
}

/// Shows each part of a core module to `look`, in their order.
///
/// # Errors
/// When it is not a core module, and those of `look`.
pub fn survey<'a>(core_module: &'a [u8], mut look: impl FnMut(&Payload<'a>) -> Result<()>) -> Result<()> {
    Parser::new(0).parse_all(core_module).try_for_each(|payload| look(&payload?))
}
