use super::*;
use crate::serve::http::socket::Socket;
use crate::serve::http::transport::Transport;
use crate::serve::limits::Limits;
use crate::serve::request::unsent::UnsentAnswers;
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

/// Both ends of a connection, and the runtime that drives the first.
fn connection() -> (Runtime, Socket, TcpStream) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    client.set_nonblocking(true).unwrap();
    let stream = runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        // tokio considers it writable only after a wait.
        stream.writable().await.unwrap();
        Transport::Tcp(stream)
    });
    (runtime, Socket::new(stream, UnsentAnswers::new(&Limits::of(&[]))), client)
}

/// What has arrived. Over loopback that is all that was sent.
fn arrived(client: &mut TcpStream) -> Vec<u8> {
    let (mut all, mut buffer) = (vec![], vec![0; 1 << 20]);
    loop {
        match client.read(&mut buffer) {
            Ok(0) => return [&all[..], b"<end>"].concat(),
            Ok(length) => all.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return all,
            Err(error) => panic!("{error}"),
        }
    }
}

fn answer(runtime: &Runtime, socket: &mut Socket, text: &[u8]) {
    socket.line().may_delay();
    runtime.block_on(socket.write_all(text)).unwrap();
}

#[test]
fn an_answer_that_may_wait_leaves_with_the_others() {
    let (runtime, mut socket, mut client) = connection();
    answer(&runtime, &mut socket, b"answer");
    assert_eq!(arrived(&mut client), b"");
    send();
    assert_eq!(arrived(&mut client), b"answer");
    // Each response needs its own permission to wait.
    runtime.block_on(socket.write_all(b"part")).unwrap();
    assert_eq!(arrived(&mut client), b"part");
}

#[test]
fn order_is_kept() {
    let (runtime, mut socket, mut client) = connection();
    answer(&runtime, &mut socket, b"one ");
    runtime.block_on(socket.write_all(b"two")).unwrap();
    assert_eq!(arrived(&mut client), b"one two");
    send();
    assert_eq!(arrived(&mut client), b"");
}

#[test]
fn what_waits_leaves_before_the_connection_closes() {
    let (runtime, mut socket, mut client) = connection();
    answer(&runtime, &mut socket, b"last");
    runtime.block_on(socket.shutdown()).unwrap();
    assert_eq!(arrived(&mut client), b"last<end>");
}

#[test]
fn so_it_does_where_the_connection_is_dropped() {
    let (runtime, mut socket, mut client) = connection();
    answer(&runtime, &mut socket, b"last");
    drop(socket);
    send();
    assert_eq!(arrived(&mut client), b"last<end>");
}

#[test]
fn a_large_answer_does_not_wait() {
    let (runtime, mut socket, mut client) = connection();
    answer(&runtime, &mut socket, &[b'x'; (16 << 10) + 1]);
    assert_eq!(arrived(&mut client).len(), (16 << 10) + 1);
}

#[test]
fn what_is_overdue_leaves_before_more_work() {
    let (runtime, mut socket, mut client) = connection();
    answer(&runtime, &mut socket, b"answer");
    let began = Instant::now();
    while arrived(&mut client).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10));
        work(|| {});
    }
    assert!(began.elapsed() >= PATIENCE);
}

#[test]
fn a_client_that_does_not_read_loses_nothing() {
    let (runtime, mut socket, mut client) = connection();
    let mut context = Context::from_waker(Waker::noop());
    let piece = vec![b'x'; 1 << 16];
    let mut written = 0;
    // Until neither end has any room left.
    runtime.block_on(async {
        while let Poll::Ready(length) = pin!(&mut socket).poll_write(&mut context, &piece) {
            written += length.unwrap();
            tokio::task::yield_now().await;
        }
    });
    answer(&runtime, &mut socket, b"answer");
    send();
    assert!(pin!(&mut socket).poll_flush(&mut context).is_pending());
    let read = runtime.block_on(async {
        let mut read = vec![];
        while pin!(&mut socket).poll_flush(&mut context).is_pending() {
            read.extend(arrived(&mut client));
            tokio::task::yield_now().await;
        }
        read.extend(arrived(&mut client));
        read
    });
    assert_eq!(read.len(), written + b"answer".len());
    assert!(read.ends_with(b"xanswer"));
}

#[test]
fn where_work_takes_long_nothing_waits() {
    std::thread::spawn(|| {
        assert!(!may_wait(1), "nothing is known yet");
        let calms_down = || (0..1000 * CALM).any(|_| work(|| may_wait(1)));
        assert!(calms_down());
        work(|| std::thread::sleep(SHORT));
        assert!(!may_wait(1));
        assert!(calms_down());
    })
    .join()
    .unwrap();
}

#[test]
fn as_many_wait_as_stand_in_line() {
    std::thread::spawn(|| {
        (0..1000 * CALM).any(|_| work(|| may_wait(1)));
        assert!(!may_wait(0), "nobody else is to be answered");
        for waits in [true, false] {
            let (runtime, mut socket, _client) = connection();
            answer(&runtime, &mut socket, b"answer");
            assert_eq!(may_wait(1), waits);
        }
    })
    .join()
    .unwrap();
}
