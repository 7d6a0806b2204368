//! wasi:sockets/udp: who may be written to, and how many there may be.

use super::link::{Answered, Networked, answered};
use std::net::SocketAddr;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::udp::{
    HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagram, IncomingDatagramStream,
    OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket::Host;
use wasmtime_wasi::sockets::WasiSocketsView as _;

const UDP: &str = "wasi:sockets/udp@0.2.12";
const CREATE: &str = "wasi:sockets/udp-create-socket@0.2.12";

type Streams = (Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>);

/// Replaces linked functions.
///
/// # Errors
/// When the linker forbids shadowing, or lacks one of them.
pub fn add_to_linker<T: Networked>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker
        .instance(CREATE)?
        .func_wrap_async("create-udp-socket", |store, (family,)| Box::new(create(store, family)))?;
    let mut udp = linker.instance(UDP)?;
    udp.func_wrap_async("[method]udp-socket.stream", |store, (socket, to)| Box::new(stream(store, socket, to)))?;
    udp.func_wrap("[method]outgoing-datagram-stream.send", |store, (stream, datagrams)| {
        send(store, stream, datagrams)
    })?;
    udp.func_wrap("[method]incoming-datagram-stream.receive", |store, (stream, most)| receive(store, stream, most))?;
    udp.resource("udp-socket", ResourceType::host::<UdpSocket>(), |mut store, handle| {
        let sandbox = store.data_mut();
        HostUdpSocket::drop(&mut sandbox.sockets(), Resource::new_own(handle))?;
        if let Some(net) = sandbox.net() {
            net.closed(handle);
        }
        Ok(())
    })
}

async fn create<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    family: IpAddressFamily,
) -> Answered<Resource<UdpSocket>> {
    let sandbox = store.data_mut();
    let Some(net) = sandbox.net() else { return Ok((Err(ErrorCode::AccessDenied),)) };
    let Some(connection) = net.opens("udp") else { return Ok((Err(ErrorCode::NewSocketLimit),)) };
    let created = sandbox.sockets().create_udp_socket(family).await;
    if let (Ok(socket), Some(net)) = (&created, sandbox.net()) {
        net.opened(socket.rep(), connection);
    }
    answered(created)
}

async fn stream<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    socket: Resource<UdpSocket>,
    to: Option<IpSocketAddress>,
) -> Answered<Streams> {
    let sandbox = store.data_mut();
    let Some((net, connection)) = sandbox.net().and_then(|net| net.of(socket.rep()).map(|of| (net, of))) else {
        return Ok((Err(ErrorCode::AccessDenied),));
    };
    if to.is_some_and(|to| !net.check(&connection, SocketAddr::from(to))) {
        return Ok((Err(ErrorCode::AccessDenied),));
    }
    let streams = sandbox.sockets().stream(socket, to).await;
    if let (Ok((input, output)), Some(net)) = (&streams, sandbox.net()) {
        net.streams(&connection, [input.rep(), output.rep()]);
    }
    answered(streams)
}

fn send<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    stream: Resource<OutgoingDatagramStream>,
    datagrams: Vec<OutgoingDatagram>,
) -> Answered<u64> {
    let sandbox = store.data_mut();
    let Some((net, connection)) = sandbox.net().and_then(|net| net.of_stream(stream.rep()).map(|of| (net, of))) else {
        return Ok((Err(ErrorCode::AccessDenied),));
    };
    for OutgoingDatagram { data, remote_address } in &datagrams {
        if remote_address.is_some_and(|to| !net.check(&connection, SocketAddr::from(to)))
            || !connection.sends(data.len())
        {
            return Ok((Err(ErrorCode::AccessDenied),));
        }
    }
    answered(sandbox.sockets().send(stream, datagrams))
}

fn receive<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    stream: Resource<IncomingDatagramStream>,
    most: u64,
) -> Answered<Vec<IncomingDatagram>> {
    let sandbox = store.data_mut();
    let Some(connection) = sandbox.net().and_then(|net| net.of_stream(stream.rep())) else {
        return Ok((Err(ErrorCode::AccessDenied),));
    };
    let received = sandbox.sockets().receive(stream, most);
    if let Ok(datagrams) = &received
        && !datagrams.iter().all(|datagram| connection.gets(datagram.data.len()))
    {
        return Ok((Err(ErrorCode::AccessDenied),));
    }
    answered(received)
}
