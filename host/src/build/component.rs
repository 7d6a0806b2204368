//! Turns the snapshot, a core module on WASI preview 1, into a component on WASI 0.2.

use super::answered;
use anyhow::{Result, anyhow};
use std::borrow::Cow;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_PROXY_ADAPTER, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

/// Encodes the component. The *proxy* adapter knows no file system, so the component imports only
/// wasi:{io,clocks,random,cli,http}: the `wasi:http/proxy` world, and `wasi:cli/environment` for what a host grants.
/// With `filesystem` it is the *reactor* adapter, and wasi:filesystem comes to them.
pub fn encode(core_module: &[u8], filesystem: bool) -> Result<Vec<u8>> {
    let (core_module, adapter) = match filesystem {
        true => (Cow::Borrowed(core_module), WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER),
        false => (Cow::Owned(answered::within(core_module)?), WASI_SNAPSHOT_PREVIEW1_PROXY_ADAPTER),
    };
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&core_module)
        .and_then(|encoder| encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter))
        .and_then(|mut encoder| encoder.encode());
    component.map_err(|error| anyhow!("{error:#}").context("encoding the component"))
}
