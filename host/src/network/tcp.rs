//! wasi:sockets/tcp: who may be connected to, for how long that may take, and how many there may be.

use super::connection::Connection;
use super::link::{Answered, Networked, answered};
use super::streams::Counted;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Network};
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket, TcpSocket};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, SocketError};
use wasmtime_wasi::sockets::WasiSocketsView as _;

const TCP: &str = "wasi:sockets/tcp@0.2.12";
const CREATE: &str = "wasi:sockets/tcp-create-socket@0.2.12";

type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

/// Replaces linked functions.
///
/// # Errors
/// When the linker forbids shadowing, or lacks one of them.
pub fn add_to_linker<T: Networked>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.instance(CREATE)?.func_wrap("create-tcp-socket", |store, (family,)| create(store, family))?;
    let mut tcp = linker.instance(TCP)?;
    tcp.func_wrap("[method]tcp-socket.start-connect", |store, (socket, network, to)| {
        start(store, socket, network, to)
    })?;
    tcp.func_wrap("[method]tcp-socket.finish-connect", |store, (socket,)| finish(store, &socket))?;
    tcp.resource("tcp-socket", ResourceType::host::<TcpSocket>(), |mut store, handle| {
        let sandbox = store.data_mut();
        HostTcpSocket::drop(&mut sandbox.sockets(), Resource::new_own(handle))?;
        if let Some(net) = sandbox.net() {
            net.closed(handle);
        }
        Ok(())
    })
}

fn create<T: Networked>(mut store: StoreContextMut<'_, T>, family: IpAddressFamily) -> Answered<Resource<TcpSocket>> {
    let sandbox = store.data_mut();
    let Some(net) = sandbox.net() else { return Ok((Err(ErrorCode::AccessDenied),)) };
    let Some(connection) = net.opens("tcp") else { return Ok((Err(ErrorCode::NewSocketLimit),)) };
    let created = sandbox.sockets().create_tcp_socket(family);
    if let (Ok(socket), Some(net)) = (&created, sandbox.net()) {
        net.opened(socket.rep(), connection);
    }
    answered(created)
}

fn start<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    socket: Resource<TcpSocket>,
    network: Resource<Network>,
    to: IpSocketAddress,
) -> Answered<()> {
    let sandbox = store.data_mut();
    let Some((net, connection)) = sandbox.net().and_then(|net| net.of(socket.rep()).map(|of| (net, of))) else {
        return Ok((Err(ErrorCode::AccessDenied),));
    };
    if !net.check(&connection, SocketAddr::from(to)) {
        return Ok((Err(ErrorCode::AccessDenied),));
    }
    let started = sandbox.sockets().start_connect(socket, network, to);
    noted(&connection, answered(started))
}

fn finish<T: Networked>(mut store: StoreContextMut<'_, T>, socket: &Resource<TcpSocket>) -> Answered<Streams> {
    let sandbox = store.data_mut();
    let Some((net, connection)) = sandbox.net().and_then(|net| net.of(socket.rep()).map(|of| (net, of))) else {
        return Ok((Err(ErrorCode::AccessDenied),));
    };
    let (over, patience) = (net.over(), net.network().limits.net_timeout);
    let mut view = sandbox.sockets();
    let finished = view.finish_connect(Resource::new_borrow(socket.rep()));
    let streams = finished.and_then(|streams| counted(view.table, socket, streams, &connection, &over));
    noted(&connection, within(answered(streams)?, &connection, patience))
}

/// A connection that is still being made when its time is over has failed.
fn within(answer: (Result<Streams, ErrorCode>,), connection: &Connection, patience: Duration) -> Answered<Streams> {
    let is_late = connection.began().is_some_and(|began| began.elapsed() > patience);
    match answer {
        (Err(ErrorCode::WouldBlock),) if is_late => Ok((Err(ErrorCode::Timeout),)),
        answer => Ok(answer),
    }
}

fn counted(
    table: &mut ResourceTable,
    socket: &Resource<TcpSocket>,
    (input, output): Streams,
    connection: &Arc<Connection>,
    over: &CancellationToken,
) -> Result<Streams, SocketError> {
    let (stream, out) = (table.delete(input)?, table.delete(output)?);
    let input = Counted { stream, connection: connection.clone(), over: over.clone() };
    let output = Counted { stream: out, connection: connection.clone(), over: over.clone() };
    let input = table.push_child(Box::new(input) as DynInputStream, socket)?;
    Ok((input, table.push_child(Box::new(output) as DynOutputStream, socket)?))
}

fn noted<T>(connection: &Connection, answer: Answered<T>) -> Answered<T> {
    if let Ok((Err(code),)) = &answer
        && *code != ErrorCode::WouldBlock
    {
        connection.failed(code.name());
    }
    answer
}
