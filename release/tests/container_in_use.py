#!/usr/bin/env python3
"""Runs the image of release/Containerfile without an engine, to show that it needs no file but the command.

python3 release/tests/container_in_use.py dist/wasgi    as root

In a root of its own, with the libraries that the command is linked with and nothing else, the image's command
serves as the image's user in a network of its own, and the image's health check asks it.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import image
from serving import PATIENCE

HERE = Path(__file__).resolve().parent
CONTAINERFILE = HERE.parent / "Containerfile"
HELLO = HERE.parents[1] / "examples" / "hello.py"
#: Of interfaces (linux/if.h, linux/sockios.h).
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def main(words: list[str]) -> None:
    match words:
        case [binary]:
            alone(Path(binary).resolve())
        case [binary, root] if os.environ.get("INSIDE") == root:
            serve(Path(binary), Path(root))
        case _:
            sys.exit(f"error: one binary is wanted\n{__doc__}")


def alone(binary: Path) -> None:
    """Makes the image's files, and goes into namespaces of its own with them."""
    if os.geteuid():
        sys.exit("error: that needs root, for a root folder and a network of its own")
    if not binary.is_file():
        sys.exit(f"error: {binary} is not there: `./just release` makes it; a plain one will do, too")
    with tempfile.TemporaryDirectory() as folder:
        root = image.with_application(CONTAINERFILE, binary, HELLO, Path(folder))
        files = sorted(f"/{path.relative_to(root)}" for path in root.rglob("*") if path.is_file())
        print("files in the image, with the application:", *files, sep="\n  ")
        namespaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        command = [*namespaces, sys.executable, __file__, str(binary), str(root)]
        sys.exit(subprocess.run(command, env=os.environ | {"INSIDE": str(root)}, check=False).returncode)


def serve(binary: Path, root: Path) -> None:
    """Inside: has the network that a container has, and runs what the image says."""
    interface_up("lo")
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    found = image.parse(CONTAINERFILE.read_text())
    began = time.monotonic()
    server = subprocess.Popen(entered(found, root, found.command), stderr=subprocess.PIPE, text=True)
    try:
        wait_until_healthy(found, root, server)
        print(f"healthy after {time.monotonic() - began:.2f} s")
        answer = b"Hello from a sandbox of your own!"
        with contextlib.closing(socket.create_connection(("127.0.0.1", found.port))) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            said = b"".join(iter(lambda: client.recv(4096), b""))
        if answer not in said:
            sys.exit(f"error: that was not to be expected: {said}")
        owner = (root / found.environment["WASGI_CACHE"].lstrip("/")).stat().st_uid
        if str(owner) != found.user.partition(":")[0]:
            sys.exit(f"error: the cache belongs to {owner}")
    finally:
        server.terminate()
        print(server.communicate()[1], end="")
    if server.returncode:
        sys.exit(f"error: the server ended with {server.returncode}")
    after = subprocess.run(entered(found, root, found.health), check=False, capture_output=True, text=True)
    if after.returncode != 1 or "nothing listens there" not in after.stderr:
        sys.exit(f"error: a server that is gone passes for healthy: {after}")


def entered(found: image.Image, root: Path, command: list[str]) -> list:
    """As the image's user, with the image's variables and root."""
    variables = [f"{name}={value}" for name, value in found.environment.items()]
    return [
        "env",
        "-i",
        *variables,
        shutil.which("chroot"),
        f"--userspec={found.user}",
        "--groups=",
        root,
        *command,
    ]


def wait_until_healthy(found: image.Image, root: Path, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        asked = subprocess.run(
            entered(found, root, found.health), check=False, capture_output=True, text=True
        )
        if asked.returncode == 0:
            return
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"error: it does not serve: {asked.stderr}")
        time.sleep(0.05)


def interface_up(name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        request = struct.pack("16sH14x", name.encode(), 0)
        (flags,) = struct.unpack_from("16xH", fcntl.ioctl(asking, SIOCGIFFLAGS, request))
        fcntl.ioctl(asking, SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags | IFF_UP))


if __name__ == "__main__":
    main(sys.argv[1:])
