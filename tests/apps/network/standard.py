"""Connections to others by what the standard library has: `/<way>?<host>:<port>`."""

import asyncio
import errno
import json
import select
import selectors
import socket
import threading
import time


def _chain(error):
    return [type(error).__name__, errno.errorcode.get(error.errno) if error.errno else None, str(error)]


def echo(place):
    with socket.create_connection(place, timeout=20) as sock:
        sock.sendall(b"hello")
        peeked = sock.recv(2, socket.MSG_PEEK).decode()
        into = bytearray(5)
        got = sock.recv_into(into)
        names = [sock.getpeername()[:2] == sock.getpeername()[:2], sock.getsockname()[1] > 0]
        sock.shutdown(socket.SHUT_WR)
        return [peeked, into[:got].decode(), sock.recv(9).decode(), *names, sock.family.name]


def lines(place):
    with socket.create_connection(place) as sock, sock.makefile("rw", newline="\n") as file:
        file.write("one\ntwo\n")
        file.flush()
        return [file.readline(), file.readline()]


def nonblocking(place):
    steps = []
    sock = socket.socket()
    sock.setblocking(False)
    # On loopback it may be connected at once.
    steps.append(sock.connect_ex(place) in (0, errno.EINPROGRESS))
    try:
        sock.connect(place)
    except OSError as error:
        steps.append(errno.errorcode[error.errno] in ("EALREADY", "EISCONN"))
    steps.append(select.select([], [sock], [], 20)[1] == [sock])
    steps.append(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    try:
        sock.recv(1)
    except BlockingIOError as error:
        steps.append(errno.errorcode[error.errno])
    sock.send(b"hello")
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    steps.append(poll.poll(20_000) == [(sock.fileno(), select.POLLIN)])
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        ((_, events),) = selector.select(20)
        steps.append(events)
    steps.append(sock.recv(9).decode())
    sock.close()
    return steps


def refused(place):
    found = []
    sock = socket.socket()
    try:
        sock.connect(place)
    except OSError as error:
        found.append(type(error).__name__)
    # As on Linux, it may be connected again.
    found.append(errno.errorcode[sock.connect_ex(place)])
    sock = socket.socket()
    sock.setblocking(False)
    if sock.connect_ex(place) == errno.EINPROGRESS:
        select.select([], [sock], [], 20)
        found.append(errno.errorcode[sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)])
    else:
        found.append("ECONNREFUSED")
    return found


def attempt(place):
    try:
        socket.create_connection(place, timeout=20).close()
    except OSError as error:
        return _chain(error)
    return "connected"


def options(place):
    with socket.create_connection(place) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        of_socket = [
            sock.getsockopt(socket.SOL_SOCKET, each) for each in (socket.SO_KEEPALIVE, socket.SO_RCVBUF)
        ]
        return [*of_socket, sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), sock.type.name]


def timed_out(place):
    with socket.create_connection(place, timeout=0.1) as sock:
        began = time.monotonic()
        try:
            sock.recv(1)
        except TimeoutError as error:
            return [str(error), time.monotonic() - began < 10]


def broken(place):
    with socket.create_connection(place, timeout=20) as sock:
        sock.sendall(b"now")
        found = []
        for _ in range(2):
            try:
                found.append(sock.recv(9).decode())
            except OSError as error:
                found.append(type(error).__name__)
        try:
            sock.sendall(b"again")
        except OSError as error:
            found.append(type(error).__name__)
        return found


def large(place):
    """Sends more than memory has room for while it reads what comes back."""
    left = sent = got = 128 << 20
    piece = b"x" * 65536
    with socket.create_connection(place) as sock:
        sock.setblocking(False)
        sent = got = 0
        while got < left:
            readable, writable, _ = select.select([sock], [sock] if sent < left else [], [], 20)
            if writable:
                sent += sock.send(piece[: left - sent])
            if readable:
                got += len(sock.recv(1 << 20))
        return [sent, got]


def udp(place):
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(20)
        sock.sendto(b"to", place)
        data, sender = sock.recvfrom(99)
        sock.connect(place)
        sock.send(b"x" * 1200)
        found = [data.decode(), sender[:2] == place, len(sock.recv(9999)), sock.getpeername()[:2] == place]
        sock.settimeout(0.05)
        try:
            sock.recv(1)
        except TimeoutError:
            found.append("timed out")
        try:
            sock.sendto(b"", ("192.0.2.1", 53))
        except OSError as error:
            found.append([errno.errorcode[error.errno], "--allow-net 192.0.2.1:53" in str(error)])
        return found


def streams(place):
    async def main():
        async def one(number):
            reader, writer = await asyncio.open_connection(*place)
            writer.write(b"%d\n" % number)
            await writer.drain()
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return int(line)

        return await asyncio.gather(*map(one, range(8)))

    return asyncio.run(main())


def loop_calls(place):
    class Echoed(asyncio.DatagramProtocol):
        def __init__(self):
            self.got = asyncio.get_running_loop().create_future()

        def datagram_received(self, data, addr):
            self.got.set_result(data.decode())

    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket() as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, place)
            await loop.sock_sendall(sock, b"raw")
            found = [(await loop.sock_recv(sock, 9)).decode()]
        transport, protocol = await loop.create_datagram_endpoint(Echoed, remote_addr=place)
        transport.sendto(b"datagram")
        found.append(await asyncio.wait_for(protocol.got, 20))
        transport.close()
        return found

    return asyncio.run(main())


def threads(place):
    """Each waits for the other end, while the others go on."""
    found = []

    def work(number):
        with socket.create_connection(place) as sock:
            sock.sendall(b"%d" % number)
            found.append(int(sock.recv(9)))

    started = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return sorted(found)


def names(place):
    def ask(host):
        try:
            found = socket.getaddrinfo(host, place[1], type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            return str(error)
        return [each[4][0] for each in found]

    return [ask("localhost"), ask("127.0.0.1"), ask("name.invalid"), ask("other.example")]


def nobody_reaches_us(place):
    found = []
    for call in (
        lambda: socket.socket().bind(("127.0.0.1", 8080)),
        lambda: socket.socket().listen(),
        lambda: socket.socket(socket.AF_UNIX).connect("/run/postgresql/.s.PGSQL.5432"),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW).sendto(b"", place),
    ):
        try:
            found.append(call())
        except OSError as error:
            found.append(errno.errorcode[error.errno])
    return found


def silent(place):
    """Waits for who never speaks."""
    with socket.create_connection(place) as sock:
        return sock.recv(1).decode()


def application(environ, start_response):
    host, _, port = environ["QUERY_STRING"].rpartition(":")
    way = globals()[environ["PATH_INFO"][1:]]
    body = json.dumps(way((host.strip("[]"), int(port)))).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
