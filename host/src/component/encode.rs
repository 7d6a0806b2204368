//! Turns the snapshot, a core module on WASI preview 1, into a component on WASI 0.2.

use super::beyond::Beyond;
use super::preview1;
use anyhow::{Result, anyhow};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

/// Encodes the component. It imports only wasi:{io,clocks,random,cli,http}: the `wasi:http/proxy` world, and
/// `wasi:cli/environment` for what a host grants, and what is asked for beyond it. For files, an adapter turns preview 1's
/// calls into those of wasi:filesystem.
pub fn encode(core_module: &[u8], beyond: Beyond) -> Result<Vec<u8>> {
    let encoder = ComponentEncoder::default().validate(true).module(&preview1::within(core_module, beyond)?);
    let encoder = match beyond.filesystem {
        true => encoder.and_then(|encoder| encoder.adapter(PREVIEW1, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)),
        false => encoder,
    };
    let component = encoder.and_then(|mut encoder| encoder.encode());
    component.map_err(|error| anyhow!("{error:#}").context("encoding the component"))
}
