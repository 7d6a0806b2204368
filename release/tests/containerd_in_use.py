#!/usr/bin/env python3
"""Runs the image of release/Containerfile by containerd and runc, Debian's, which are not installed.

python3 release/tests/containerd_in_use.py dist/wasgi    as root

The container has what examples/cluster/kubernetes.yaml gives a pod: a root that is read-only, a /tmp, the
engine's profile of system calls, 2 GiB of memory. It shares a network that has loopback alone.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import image
import oci
from container_in_use import CONTAINERFILE, HELLO, interface_up
from serving import PATIENCE

FETCH = Path(__file__).resolve().parents[2] / "tests" / "servers" / "fetch.py"
NAME, TASK = "registry.example/shop:1.0.0", "shop"
LIMITS = ["--memory=64MiB", "--concurrency=16", "--unsent=64MiB", "--admin=127.0.0.1:9000"]
POD = ["--net-host", "--read-only", "--seccomp", f"--memory-limit={2 << 30}"]
TMP = "type=tmpfs,src=tmpfs,dst=/tmp,options=mode=1777"


def main(words: list[str]) -> None:
    if len(words) != 1 or not Path(words[0]).is_file():
        sys.exit(
            f"error: one binary is wanted: `./just release` makes it; a plain one will do, too\n{__doc__}"
        )
    if os.geteuid():
        sys.exit("error: that needs root, as containerd does")
    if not os.environ.get("INSIDE"):
        # What containerd leaves behind ends with its namespace.
        namespaces = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        fetched = subprocess.run(
            [sys.executable, FETCH, "containerd", "runc"], check=True, capture_output=True, text=True
        )
        inside = os.environ | {"INSIDE": fetched.stdout.strip()}
        sys.exit(
            subprocess.run(
                [*namespaces, sys.executable, __file__, *words], env=inside, check=False
            ).returncode
        )
    interface_up("lo")
    programs = Path(os.environ["INSIDE"]) / "usr"
    os.environ["PATH"] = f"{programs / 'bin'}:{programs / 'sbin'}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        run(Path(words[0]).resolve(), Path(folder))


def run(binary: Path, folder: Path) -> None:
    """Imports the image, serves, asks as a pod is asked, and stops."""
    found = image.parse(CONTAINERFILE.read_text())
    root = image.with_application(CONTAINERFILE, binary, HELLO, folder)
    oci.write(folder / "image.tar", NAME, found, root)
    with containerd(folder):
        ctr("image", "import", folder / "image.tar")
        arguments = ["run", *POD, "--mount", TMP, NAME, TASK, *found.command, *LIMITS]
        server = subprocess.Popen(
            ["ctr", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            check(found)
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                ctr("task", "kill", "--signal", "SIGTERM", TASK)
            log = server.communicate()[0]
            print(log, end="")
        ctr("container", "rm", TASK)
    if server.returncode or "wasgi: goodbye" not in log:
        sys.exit(f"error: the server ended with {server.returncode}")


def check(found: image.Image) -> None:
    began = time.monotonic()
    while ask(9000, "/readyz")[0] != 200:
        if time.monotonic() - began > PATIENCE:
            sys.exit("error: it does not get ready")
        time.sleep(0.1)
    print(f"ready after {time.monotonic() - began:.1f} s")
    answers = ask(found.port, "/"), ask(9000, "/livez")
    if answers != ((200, "Hello from a sandbox of your own!\n"), (200, "alive\n")):
        sys.exit(f"error: that was not to be expected: {answers}")
    ctr("task", "exec", "--exec-id", "health", TASK, *found.health)


def ask(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 while nothing listens there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""


@contextlib.contextmanager
def containerd(folder: Path):
    """A containerd with folders of its own; its log is shown if it does not answer."""
    socket, settings, log = folder / "containerd.sock", folder / "containerd.toml", folder / "containerd.log"
    settings.write_text(
        f'version = 2\nroot = "{folder}/kept"\nstate = "{folder}/state"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        f'[grpc]\naddress = "{socket}"\n'
    )
    os.environ["CONTAINERD_ADDRESS"] = str(socket)
    with log.open("w") as written:
        daemon = subprocess.Popen(["containerd", "--config", settings], stdout=written, stderr=written)
    try:
        until = time.monotonic() + PATIENCE
        while subprocess.run(["ctr", "version"], check=False, capture_output=True).returncode:
            if daemon.poll() is not None or time.monotonic() > until:
                sys.exit(f"error: containerd does not answer:\n{log.read_text()}")
            time.sleep(0.1)
        yield
    finally:
        daemon.terminate()
        daemon.wait()


def ctr(*words: object) -> None:
    subprocess.run(["ctr", *(str(word) for word in words)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(sys.argv[1:])
