"""The client that the server is trained by: HTTP/1.1 on one connection and on several, and HTTP/2.

It checks that each answer is whole and has the status that was expected: a server that fails is trained for
nothing.
"""

import socket
from contextlib import ExitStack
from typing import NamedTuple

PATIENCE = 60.0


class Untrained(Exception):
    """The server did not answer as the training expects."""


class Ask(NamedTuple):
    request: bytes
    status: int = 200


def ask(path: str, body: bytes | None = None, status: int = 200) -> Ask:
    """A request as clients send it, a POST if it has a body."""
    head = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
        "Host: localhost:8000",
        "User-Agent: training/1",
        "Accept: */*",
        "Accept-Encoding: gzip, br",
        "Cookie: session=eyJhIjoxfQ.YQ",
    ]
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return Ask("\r\n".join([*head, "", ""]).encode() + (body or b""), status)


SHORT = Ask(b"GET / HTTP/1.1\r\nhost: localhost:8000\r\naccept: */*\r\n\r\n")
MIXED = [
    ask("/"),
    ask("/page?of=rows&from=2"),
    ask("/stream"),
    ask("/large"),
    ask("/echo", b'{"name": "value"}' * 8),
    ask("/echo", b"x" * 100_000),
    ask("/moved", status=302),
    ask("/missing", status=404),
]


def train(port: int) -> None:
    """Mostly the smallest request: what it needs, every request needs."""
    for connections, rounds in ((1, 3000), (4, 500), (16, 400)):
        http1(port, connections, [SHORT], rounds)
    for connections, rounds in ((1, 100), (16, 20)):
        http1(port, connections, MIXED, rounds)
    for _ in range(200):
        http1(port, 1, [SHORT], 1)
    http2(port, 1000)


def http1(port: int, connections: int, asks: list[Ask], rounds: int) -> None:
    """On every connection at once, one request at a time."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(connected(port)) for _ in range(connections)]
        answers = [stack.enter_context(each.makefile("rb")) for each in sockets]
        for _ in range(rounds):
            for wanted in asks:
                for each in sockets:
                    each.sendall(wanted.request)
                for answer in answers:
                    came = read_answer(answer)
                    if came != wanted.status:
                        raise Untrained(f"{wanted.request[:40]!r} is answered with {came}")


def connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), PATIENCE)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def read_answer(answer) -> int:
    """Reads it to its end, RFC 9112, section 6.3; gives the status."""
    status = answer.readline().split(b" ")[1:2]
    headers = {}
    while (line := answer.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if b"transfer-encoding" in headers:
        whole = read_chunks(answer)
    else:
        length = int(headers.get(b"content-length", 0))
        whole = len(answer.read(length)) == length
    return int(status[0]) if status and whole else 0


def read_chunks(answer) -> bool:
    """RFC 9112, section 7.1; false where the last one is missing."""
    while length := int(answer.readline() or b"0", 16):
        answer.read(length + 2)
    return answer.readline() == b"\r\n"


DATA, HEADERS, SETTINGS, WINDOW_UPDATE = 0, 1, 4, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
# RFC 7541, appendix A: GET, `/`, http; then `:authority`, to be written out.
GET = bytes([0x82, 0x84, 0x86, 0x41, 9]) + b"localhost"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """RFC 9113, section 4.1."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def http2(port: int, requests: int) -> None:
    """By prior knowledge, one request at a time."""
    with connected(port) as made, made.makefile("rb") as answers:
        opened = frame(SETTINGS, 0, 0) + frame(WINDOW_UPDATE, 0, 0, (1 << 30).to_bytes(4, "big"))
        made.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + opened)
        for number in range(requests):
            stream = 2 * number + 1
            made.sendall(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET))
            ended = False
            while not ended:
                kind, flags, of, payload = read_frame(answers)
                if kind == SETTINGS and not flags & ACK:
                    made.sendall(frame(SETTINGS, ACK, 0))
                ended = of == stream and ends(kind, flags, payload)


def read_frame(answers) -> tuple[int, int, int, bytes]:
    """Kind, flags, stream, payload."""
    head = answers.read(9)
    if len(head) < 9:
        raise Untrained("the HTTP/2 connection is closed")
    payload = answers.read(int.from_bytes(head[:3], "big"))
    return head[3], head[4], int.from_bytes(head[5:9], "big"), payload


def ends(kind: int, flags: int, payload: bytes) -> bool:
    """Whether a stream's frame is its last one.

    # Errors
    Untrained where its headers do not begin with a 200.
    """
    if kind == HEADERS and payload[:1] != b"\x88":
        raise Untrained("HTTP/2 is not answered with 200")
    return kind in (DATA, HEADERS) and bool(flags & END_STREAM)
