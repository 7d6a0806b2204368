//! wasi:sockets/tcp: who may be connected to, for how long that may take, and how many there may be. Nobody listens.

use super::connection::Connection;
use super::link::{Answered, Networked};
use super::socket::{Setting, Socket};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Network};
use wasmtime_wasi::p2::bindings::sockets::tcp::ShutdownType;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, subscribe};

const TCP: &str = "wasi:sockets/tcp@0.2.12";
const CREATE: &str = "wasi:sockets/tcp-create-socket@0.2.12";

type Handle = Resource<Socket>;
type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

/// Links both interfaces.
///
/// # Errors
/// When the linker has them.
pub fn add_to_linker<T: Networked>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.instance(CREATE)?.func_wrap("create-tcp-socket", |store, (family,)| create(store, family))?;
    let mut tcp = linker.instance(TCP)?;
    tcp.resource("tcp-socket", ResourceType::host::<Socket>(), |mut store, handle| {
        let sandbox = store.data_mut();
        sandbox.ctx().table.delete(Handle::new_own(handle))?;
        if let Some(net) = sandbox.net() {
            net.closed(handle);
        }
        Ok(())
    })?;
    tcp.func_wrap("[method]tcp-socket.start-connect", |store, (socket, network, to)| {
        start(store, &socket, &network, to)
    })?;
    tcp.func_wrap("[method]tcp-socket.finish-connect", |store, (socket,)| finish(store, &socket))?;
    tcp.func_wrap(
        "[method]tcp-socket.subscribe",
        |mut store: StoreContextMut<'_, T>, (socket,): (Handle,)| -> wasmtime::Result<(Resource<DynPollable>,)> {
            Ok((subscribe(store.data_mut().ctx().table, socket)?,))
        },
    )?;
    tcp.func_wrap("[method]tcp-socket.shutdown", |store, (socket, how): (Handle, ShutdownType)| {
        of(store, &socket, |socket| socket.shutdown(how_of(how)))
    })?;
    addresses(&mut tcp)?;
    settings(&mut tcp)?;
    nobody_listens(&mut tcp)
}

fn how_of(how: ShutdownType) -> Shutdown {
    match how {
        ShutdownType::Receive => Shutdown::Read,
        ShutdownType::Send => Shutdown::Write,
        ShutdownType::Both => Shutdown::Both,
    }
}

/// Asks a socket.
fn of<T: Networked, R>(
    mut store: StoreContextMut<'_, T>,
    socket: &Handle,
    ask: impl FnOnce(&Socket) -> Result<R, ErrorCode>,
) -> Answered<R> {
    Ok((ask(store.data_mut().ctx().table.get(socket)?),))
}

fn addresses<T: Networked>(tcp: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    tcp.func_wrap("[method]tcp-socket.local-address", |store, (socket,): (Handle,)| {
        of(store, &socket, |socket| socket.local().map(IpSocketAddress::from))
    })?;
    tcp.func_wrap("[method]tcp-socket.remote-address", |store, (socket,): (Handle,)| {
        of(store, &socket, |socket| socket.remote().map(IpSocketAddress::from))
    })?;
    tcp.func_wrap("[method]tcp-socket.address-family", |mut store: StoreContextMut<'_, T>, (socket,): (Handle,)| {
        let is_six = store.data_mut().ctx().table.get(&socket)?.is_six();
        Ok((if is_six { IpAddressFamily::Ipv6 } else { IpAddressFamily::Ipv4 },))
    })
}

/// What may be set. Nothing tells what was.
fn settings<T: Networked>(tcp: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    tcp.func_wrap("[method]tcp-socket.set-keep-alive-enabled", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::KeepAlive(value)))
    })?;
    tcp.func_wrap("[method]tcp-socket.set-keep-alive-idle-time", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::KeepAliveIdle(Duration::from_nanos(value))))
    })?;
    tcp.func_wrap("[method]tcp-socket.set-keep-alive-interval", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::KeepAliveInterval(Duration::from_nanos(value))))
    })?;
    tcp.func_wrap("[method]tcp-socket.set-keep-alive-count", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::KeepAliveCount(value)))
    })?;
    tcp.func_wrap("[method]tcp-socket.set-hop-limit", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::HopLimit(value)))
    })?;
    tcp.func_wrap("[method]tcp-socket.set-receive-buffer-size", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::ReceiveBuffer(value)))
    })?;
    tcp.func_wrap("[method]tcp-socket.set-send-buffer-size", |store, (socket, value)| {
        of(store, &socket, |socket| socket.set(Setting::SendBuffer(value)))
    })
}

/// For guests of others, whose libc imports it all.
fn nobody_listens<T: Networked>(tcp: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    type Accepted = (Handle, Resource<DynInputStream>, Resource<DynOutputStream>);
    tcp.func_wrap(
        "[method]tcp-socket.start-bind",
        |_, (_, _, _): (Handle, Resource<Network>, IpSocketAddress)| -> Answered<()> {
            Ok((Err(ErrorCode::AccessDenied),))
        },
    )?;
    tcp.func_wrap("[method]tcp-socket.accept", |_, (_,): (Handle,)| -> Answered<Accepted> {
        Ok((Err(ErrorCode::InvalidState),))
    })?;
    tcp.func_wrap("[method]tcp-socket.is-listening", |_, (_,): (Handle,)| Ok((false,)))?;
    tcp.func_wrap("[method]tcp-socket.set-listen-backlog-size", |_, (_, _): (Handle, u64)| -> Answered<()> {
        Ok((Err(ErrorCode::NotSupported),))
    })?;
    for name in ["finish-bind", "start-listen", "finish-listen"] {
        tcp.func_wrap(&format!("[method]tcp-socket.{name}"), |_, (_,): (Handle,)| -> Answered<()> {
            Ok((Err(ErrorCode::AccessDenied),))
        })?;
    }
    for name in ["keep-alive-idle-time", "keep-alive-interval", "receive-buffer-size", "send-buffer-size"] {
        tcp.func_wrap(&format!("[method]tcp-socket.{name}"), |_, (_,): (Handle,)| -> Answered<u64> {
            Ok((Err(ErrorCode::NotSupported),))
        })?;
    }
    tcp.func_wrap("[method]tcp-socket.keep-alive-enabled", |_, (_,): (Handle,)| -> Answered<bool> {
        Ok((Err(ErrorCode::NotSupported),))
    })?;
    tcp.func_wrap("[method]tcp-socket.keep-alive-count", |_, (_,): (Handle,)| -> Answered<u32> {
        Ok((Err(ErrorCode::NotSupported),))
    })?;
    tcp.func_wrap("[method]tcp-socket.hop-limit", |_, (_,): (Handle,)| -> Answered<u8> {
        Ok((Err(ErrorCode::NotSupported),))
    })
}

fn create<T: Networked>(mut store: StoreContextMut<'_, T>, family: IpAddressFamily) -> Answered<Handle> {
    let sandbox = store.data_mut();
    let Some(net) = sandbox.net() else { return Ok((Err(ErrorCode::AccessDenied),)) };
    let Some(connection) = net.opens("tcp") else { return Ok((Err(ErrorCode::NewSocketLimit),)) };
    let (patience, over) = (net.network().limits.net_timeout, net.over());
    let made = Socket::new(matches!(family, IpAddressFamily::Ipv6), connection.clone(), patience, over);
    let socket = match made {
        Ok(socket) => sandbox.ctx().table.push(socket)?,
        Err(code) => return Ok((Err(code),)),
    };
    if let Some(net) = sandbox.net() {
        net.opened(socket.rep(), connection);
    }
    Ok((Ok(socket),))
}

fn start<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    socket: &Handle,
    network: &Resource<Network>,
    to: IpSocketAddress,
) -> Answered<()> {
    let sandbox = store.data_mut();
    sandbox.ctx().table.get(network)?;
    let to = SocketAddr::from(to);
    let connection = sandbox.ctx().table.get(socket)?.connection.clone();
    if !sandbox.net().is_some_and(|net| net.check(&connection, to)) {
        return Ok((Err(ErrorCode::AccessDenied),));
    }
    Ok((noted(&connection, sandbox.ctx().table.get_mut(socket)?.start(to)),))
}

fn finish<T: Networked>(mut store: StoreContextMut<'_, T>, handle: &Handle) -> Answered<Streams> {
    let table = store.data_mut().ctx().table;
    let socket = table.get_mut(handle)?;
    let connection = socket.connection.clone();
    let (reader, writer) = match noted(&connection, socket.finish()) {
        Ok(streams) => streams,
        Err(code) => return Ok((Err(code),)),
    };
    let reader = table.push_child(Box::new(reader) as DynInputStream, handle)?;
    Ok((Ok((reader, table.push_child(Box::new(writer) as DynOutputStream, handle)?)),))
}

/// Notes what a connection fails by.
fn noted<T>(connection: &Connection, answer: Result<T, ErrorCode>) -> Result<T, ErrorCode> {
    answer.inspect_err(|code| {
        if *code != ErrorCode::WouldBlock {
            connection.failed(code.name());
        }
    })
}
