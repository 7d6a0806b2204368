"""Speaks HTTP/2 to a server, as the first argument says: each is a conversation that must go well.

    h2_client.py CONVERSATION HOST:PORT [CERTIFICATE]

With a certificate, over TLS with ALPN; without, by prior knowledge. Uses python-hyper's h2.
"""

import json
import select
import socket
import ssl
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class Client:
    def __init__(self, address: str, certificate: str | None):
        host, port = address.rsplit(":", 1)
        self.authority = address
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        if certificate:
            context = ssl.create_default_context(cafile=certificate)
            context.set_alpn_protocols(["h2", "http/1.1"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            assert self.socket.selected_alpn_protocol() == "h2", self.socket.selected_alpn_protocol()
        self.scheme = "https" if certificate else "http"
        config = h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        # What a broken client would send is what some conversations are about.
        config.validate_outbound_headers = config.normalize_outbound_headers = False
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.flush()
        self.events = []

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def request(self, path: str, *more, method: str = "GET", end: bool = True) -> int:
        stream = self.h2.get_next_available_stream_id()
        headers = [(":method", method), (":scheme", self.scheme), (":authority", self.authority)]
        self.h2.send_headers(stream, [*headers, (":path", path), *more], end_stream=end)
        self.flush()
        return stream

    def wait(self, kind, stream: int | None = None):
        """The next event of a kind, of a stream; what comes before it stays for others."""
        while True:
            for place, event in enumerate(self.events):
                if isinstance(event, kind) and stream in (None, getattr(event, "stream_id", None)):
                    return self.events.pop(place)
            data = self.socket.recv(65536)
            assert data, f"the connection ended; waited for {kind}, have {self.events}"
            self.events += self.h2.receive_data(data)
            self.flush()

    def answer(self, stream: int) -> tuple[dict, bytes]:
        headers = dict(self.wait(h2.events.ResponseReceived, stream).headers)
        body = b""
        while True:
            event = self.wait((h2.events.DataReceived, h2.events.StreamEnded, h2.events.StreamReset), stream)
            if isinstance(event, h2.events.StreamEnded):
                return headers, body
            assert isinstance(event, h2.events.DataReceived), event
            body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
            self.flush()

    def ended(self) -> bool:
        """Waits for the connection's end."""
        while True:
            try:
                if not self.socket.recv(65536):
                    return True
            except ConnectionError:
                return True


def hello(client: Client):
    headers, body = client.answer(client.request("/hello"))
    assert (headers[":status"], headers["server"]) == ("200", "wasgi"), headers
    assert headers["date"].endswith(" GMT")
    assert body == b"Hello from a sandbox!\n", body


def steady(client: Client):
    """Asks on one connection until the input ends, and prints how often; a version answers each time."""
    asked = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        headers, body = client.answer(client.request("/"))
        assert headers[":status"] == "200", headers
        assert body.startswith(b"version "), body
        asked += 1
    print(asked)


def environ(client: Client):
    _, body = client.answer(client.request("/environs/a?b=c", ("x-several", "1"), ("x-several", "2")))
    print(body.decode())


def origin(client: Client):
    _, body = client.answer(client.request("/origin"))
    print(json.loads(body)["SERVER_PROTOCOL"])


def bodies(client: Client):
    stream = client.request("/echo", method="POST", end=False)
    sent = bytes(range(256)) * 1024
    left = sent
    while left:
        room = min(client.h2.local_flow_control_window(stream), client.h2.max_outbound_frame_size)
        if not room:
            client.wait(h2.events.WindowUpdated)
            continue
        client.h2.send_data(stream, left[:room])
        left = left[room:]
        client.flush()
    client.h2.end_stream(stream)
    client.flush()
    headers, body = client.answer(stream)
    assert headers[":status"] == "200", headers
    assert body == sent, len(body)


def together(client: Client):
    """Many streams at once, the slow one not in the way of the others."""
    slow = client.request("/talk", method="POST", end=False)
    client.wait(h2.events.ResponseReceived, slow)
    for stream in [client.request("/hello") for _ in range(20)]:
        assert client.answer(stream)[1] == b"Hello from a sandbox!\n"
    client.h2.send_data(slow, b"line\n", end_stream=True)
    client.flush()
    body = b""
    while not body.endswith(b"goodbye"):
        body += client.wait(h2.events.DataReceived, slow).data
    assert body == b"readyheard linegoodbye", body


def head(client: Client):
    headers, body = client.answer(client.request("/hello", method="HEAD"))
    assert (headers["content-length"], body) == ("22", b""), headers


def reset(client: Client):
    """A stream that its client gives up, in the middle of its answer."""
    stream = client.request("/farewell/later/sleep")
    client.wait(h2.events.DataReceived, stream)
    client.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
    client.flush()
    hello(client)


def early_reset(client: Client):
    """The same before there is an answer; the application waits, as the server's log says."""
    stream = client.request("/farewell/sleep")
    print("asked", flush=True)
    sys.stdin.readline()
    client.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
    client.flush()
    hello(client)


def no_window(client: Client):
    """A client that takes nothing of an answer, and stays."""
    client.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    client.flush()
    client.wait(h2.events.ResponseReceived, client.request("/closing/endless"))
    print("asked", flush=True)
    sys.stdin.readline()


def refused(client: Client):
    """Requests that must not be served: each gets 400, or is an error of its stream or of the connection."""
    for more in json.loads(sys.stdin.readline()):
        other, status = Client(client.authority, None), "error"
        headers = {":method": "GET", ":scheme": "http", ":authority": client.authority, ":path": "/hello"}
        fields = [(name, value) for name, value in {**headers, **more}.items() if value is not None]
        other.h2.send_headers(1, fields, end_stream=True)
        kinds = (h2.events.ResponseReceived, h2.events.StreamReset, h2.events.ConnectionTerminated)
        try:
            other.flush()
            event = other.wait(kinds)
            if isinstance(event, h2.events.ResponseReceived):
                status = dict(event.headers)[":status"]
        except OSError:
            # Closed at once.
            pass
        assert status in ("400", "501", "error"), (more, status)
        print(more, status)


def limits(client: Client):
    client.wait(h2.events.RemoteSettingsChanged)
    settings = client.h2.remote_settings
    told = {"streams": settings.max_concurrent_streams, "headers": settings.max_header_list_size}
    print(json.dumps(told))
    headers, _ = client.answer(client.request("/hello", *((f"x-{number}", "1") for number in range(100))))
    assert headers[":status"] == "431", headers
    headers, _ = client.answer(client.request("/hello?" + "x" * 9000))
    assert headers[":status"] == "414", headers
    headers, _ = client.answer(
        client.request("/echo", ("content-length", str(1 << 30)), method="POST", end=False)
    )
    assert headers[":status"] == "413", headers


def flood(client: Client):
    """Rapid reset (CVE-2023-44487): the server ends the connection, and goes on serving others."""
    try:
        for _ in range(3000):
            stream = client.h2.get_next_available_stream_id()
            headers = {":method": "GET", ":scheme": "http", ":authority": "x", ":path": "/hello"}
            client.h2.send_headers(stream, list(headers.items()), end_stream=True)
            client.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
            client.flush()
    except ConnectionError:
        return
    assert client.ended()


def goodbye(client: Client):
    """A server that stops says GOAWAY, and answers what it has begun."""
    stream = client.request("/talk", method="POST", end=False)
    client.wait(h2.events.DataReceived, stream)
    print("asked", flush=True)
    # Frame by frame: python-hyper takes a connection for closed at the first GOAWAY, and yet the streams
    # before it go on (RFC 9113, section 6.8).
    read = client.socket.makefile("rb").read
    goaway = data = b""
    while header := read(9):
        payload = read(int.from_bytes(header[:3], "big"))
        kind, flags = header[3], header[4]
        if kind == 0:
            data += payload
        elif kind == 6 and not flags:
            client.socket.sendall(b"\x00\x00\x08\x06\x01\x00\x00\x00\x00" + payload)
        elif kind == 7 and not goaway:
            goaway = payload
            client.socket.sendall(b"\x00\x00\x00\x00\x01" + stream.to_bytes(4, "big"))
    assert goaway
    assert data == b"goodbye", data


if __name__ == "__main__":
    globals()[sys.argv[1]](Client(*sys.argv[2:], *[None] * (4 - len(sys.argv))))
