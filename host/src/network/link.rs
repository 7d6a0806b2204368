//! wasi:sockets, for components that import it: ours for TCP and names, and for UDP
//! wasmtime-wasi's with grants and limits in front.

use super::sandbox::Sockets;
use super::{lookup, tcp, udp};
use crate::component::beyond::SOCKETS;
use anyhow::{Result, ensure};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::p2::SocketError;
use wasmtime_wasi::p2::bindings::sockets;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

/// A sandbox, as wasi:sockets sees it.
pub trait Networked: WasiView + 'static {
    /// None where nobody may be connected to.
    fn net(&mut self) -> Option<&mut Sockets>;
}

/// The result of a function that the guest calls.
pub type Answered<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// Returns an error to the guest unless it is a trap.
pub fn answered<T>(result: Result<T, SocketError>) -> Answered<T> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => error.downcast().map(|code| (Err(code),)),
    }
}

/// Links wasi:sockets for a component that imports it.
///
/// # Errors
/// When connections are granted to a component that cannot open any.
pub fn add_to_linker<T: Networked>(
    engine: &Engine,
    component: &Component,
    l: &mut Linker<T>,
    is_granted: bool,
) -> Result<()> {
    let ty = component.component_type();
    if !ty.imports(engine).any(|(name, _)| name.starts_with(SOCKETS)) {
        ensure!(
            !is_granted,
            "this component opens no connections (--allow-net): build it with `wasgi build --network`"
        );
        return Ok(());
    }
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<T, WasiSockets>(l, &options, T::sockets)?;
    sockets::instance_network::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sockets::udp::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sockets::udp_create_socket::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    tcp::add_to_linker(l)?;
    lookup::add_to_linker(l)?;
    // The functions from here on replace those linked above.
    l.allow_shadowing(true);
    udp::add_to_linker(l)?;
    l.allow_shadowing(false);
    Ok(())
}
