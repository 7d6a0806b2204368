"""waitress's functional tests, asked of `wasgi run` in place of waitress.

    python3 waitress_functional.py WASGI SOURCES PACKAGES

The tests and their fixture applications are those of waitress's source distribution (SOURCES); nothing of
them is copied here. What they expect differently from what wasgi does stands in `DIFFERENCES`, each with its
reason; a difference that is not listed fails, and so does a listed one that is none any more.
"""

import os
import re
import socket
import subprocess
import sys
import threading
import unittest

from differences import DIFFERENCES

# Only a server that does not answer lets it pass, in seconds;
_PATIENCE = 60
# but some of what differs is that wasgi has nothing more to say where waitress has.
_PATIENCE_WHERE_IT_DIFFERS = 2
_REQUEST_LINE = re.compile(rb"^([A-Z]+ [^ \r\n]+ HTTP/1\.[01]\r\n)", re.MULTILINE)


class Server:
    """One fixture application behind `wasgi run`, on a port that the kernel chose."""

    def __init__(self, wasgi, folder, target, options):
        command = [wasgi, "run", "--no-error-page", target, "--bind", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        self.log = []
        self.address = self._wait_for_address()
        threading.Thread(target=self._collect, daemon=True).start()

    def _wait_for_address(self):
        for line in self.process.stdout:
            self.log.append(line)
            if ready := re.search(r"ready on http://([\d.]+):(\d+)", line):
                return ready[1], int(ready[2])
        raise RuntimeError("wasgi did not start:\n" + "".join(self.log))

    def _collect(self):
        self.log.extend(self.process.stdout)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Client(socket.socket):
    """A client that names the host, which HTTP/1.1 demands (RFC 9112 section 3.2) and waitress does not."""

    def send(self, data, *flags):
        if b"Host:" not in data:
            data = _REQUEST_LINE.sub(rb"\1Host: localhost\r\n", data)
        super().sendall(data, *flags)
        return len(data)


def _options(settings):
    """Gives the options of wasgi that stand for settings of waitress."""
    # What the host will not tell of the connection by itself is told here.
    options = ["--env", "WASGI_REMOTE_ADDR=127.0.0.1", "--env", "WASGI_REMOTE_PORT=1"]
    if "max_request_body_size" in settings:
        options += ["--body", f"{settings['max_request_body_size']}B"]
    if "max_request_header_size" in settings:
        # The least that the front's buffer may be.
        options += ["--header-bytes", "8KiB"]
    return options


def _point_at_wasgi(functional, wasgi):
    """Makes the tests start wasgi. Servers are shared: a request cannot disturb the next."""
    servers = {}

    def start_subprocess(self, target, **settings):
        key = target.__module__, target.__name__, tuple(settings)
        if key not in servers:
            file = sys.modules[target.__module__].__file__
            name = f"{os.path.basename(file)}:{target.__name__}"
            servers[key] = Server(wasgi, os.path.dirname(file), name, _options(settings))
        self.bound_to = servers[key].address
        self.sock = self.create_socket()

    def create_socket(self):
        client = Client(socket.AF_INET, socket.SOCK_STREAM)
        client.settimeout(_PATIENCE_WHERE_IT_DIFFERS if _name(self) in DIFFERENCES else _PATIENCE)
        return client

    read_http = functional.read_http

    def read_as_from_waitress(stream):
        """With waitress's name, and its case of letters where case does not matter."""
        line, headers, body = read_http(stream)
        headers["server"] = "waitress"
        if headers.get("connection") == "keep-alive":
            headers["connection"] = "Keep-Alive"
        return line, headers, body

    functional.read_http = read_as_from_waitress
    functional.SubprocessTests.start_subprocess = start_subprocess
    functional.SubprocessTests.stop_subprocess = lambda self: self.sock.close()
    functional.SubprocessTests.create_socket = create_socket
    return servers


def _suite(functional):
    loaded = unittest.defaultTestLoader.loadTestsFromModule(functional)
    return [test for group in loaded for test in group if isinstance(test, functional.TcpTests)]


class Result(unittest.TestResult):
    """What each test came to: None where wasgi does as the test expects, else what was raised."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def startTest(self, test):  # noqa: N802 (unittest's name)
        super().startTest(test)
        self.outcomes[_name(test)] = None

    def addError(self, test, error):  # noqa: N802
        self.outcomes[_name(test)] = self._exc_info_to_string(error, test)

    addFailure = addError  # noqa: N815


def _name(test):
    return ".".join(test.id().split(".")[-2:])


def _report(outcomes):
    """Prints what came of it; gives whether all is as the table says."""
    differing = {name for name, error in outcomes.items() if error}
    surprises = differing - DIFFERENCES.keys()
    for name in sorted(surprises):
        print(f"DIFFERS, not in the table: {name}\n{outcomes[name]}")
    settled = DIFFERENCES.keys() - differing
    for name in sorted(settled):
        print(f"AGREES although the table says that it differs: {name}")
    for name in sorted(differing & DIFFERENCES.keys()):
        print(f"differs: {name}: {DIFFERENCES[name]}")
    agreed = len(outcomes) - len(differing)
    print(f"waitress's functional tests: {len(outcomes)} tried, {agreed} agreed, {len(differing)} differing")
    return not surprises and not settled


def main(wasgi, sources, packages):
    """Runs all tests over TCP; those over Unix sockets ask the same again."""
    sys.path[:0] = [sources, packages]
    from tests import test_functional

    servers = _point_at_wasgi(test_functional, os.path.abspath(wasgi))
    result = Result()
    try:
        for test in _suite(test_functional):
            test.run(result)
    finally:
        for server in servers.values():
            server.stop()
    return 0 if _report(result.outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
