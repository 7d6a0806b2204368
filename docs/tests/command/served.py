"""A server that a document starts: `wasgi run` or `wasgi serve`, on a port that the kernel chooses."""

import http.client
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

#: Seconds for a server to start, or to print what the document shows.
PATIENCE = 120


class Served:
    """Started by `line` in `folder`; ready, and asked for its first page once, when this returns."""

    def __init__(self, line: str, folder: Path, env: dict[str, str]):
        line = re.sub(r" --bind \S+", "", line)
        line = re.sub(r" --admin [\d.]+:\d+", " --admin 127.0.0.1:0", line)
        command = re.sub(r"^(wasgi (?:run|serve))", r"exec \1 --bind 127.0.0.1:0", line)
        reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as output:
            self._process = subprocess.Popen(
                ["bash", "-c", command], cwd=folder, env=env, stdout=output, stderr=output
            )
        self._output = os.fdopen(reader)
        self._log: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.address = self.wait_for(re.compile(r".*ready on http://(\S+)"))[1]
        mounted = re.search(r" --script-name (\S+)", line)
        self.status = self._ask(f"{mounted[1]}/" if mounted else "/")

    def wait_for(self, pattern: re.Pattern) -> re.Match:
        """Gives the match of the first whole line that matches, as soon as it is there."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                for line in self._log:
                    if found := pattern.match(line):
                        return found
                if not self._reader.is_alive() or not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"no line {pattern.pattern!r} in the log:\n" + "\n".join(self._log))

    def stop(self) -> None:
        """Ends it as Ctrl+C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE)
        self._reader.join()
        self._output.close()

    def _read(self) -> None:
        for line in self._output:
            with self._changed:
                self._log.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _ask(self, path: str) -> int:
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()
