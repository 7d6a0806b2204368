"""A PostgreSQL from Debian's packages (`./just servers`) with one user, who logs in by SCRAM-SHA-256."""

import contextlib
import datetime
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FETCH = Path(__file__).resolve().parents[2] / "servers/fetch.py"
PASSWORD = "s3cret & more"
# The server refuses root: `nobody` on Debian runs it, who still reads root's cache.
NOBODY = 65534
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
]


@dataclass
class Database:
    port: int
    #: What certifies it, in PEM.
    authority: str


def unpacked():
    found = subprocess.run([sys.executable, FETCH, "print"], check=True, capture_output=True, text=True)
    folder = Path(found.stdout.strip())
    if not folder.is_dir():
        raise RuntimeError(f"{folder} is missing: run `./just servers` (`./just test-native` does)")
    return folder


def give(path):
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def write(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    give(path)
    return path


def certified(folder):
    """Writes key and certificate of 127.0.0.1; gives the latter."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    today = datetime.datetime.now(datetime.UTC)
    about = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    about = about.not_valid_before(today - datetime.timedelta(1)).not_valid_after(
        today + datetime.timedelta(9)
    )
    about = about.add_extension(alternative, False).add_extension(x509.BasicConstraints(True, None), True)
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    write(folder / "key.pem", key.private_bytes(serialization.Encoding.PEM, form, plain))
    certificate = about.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    write(folder / "cert.pem", certificate)
    return certificate.decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextlib.contextmanager
def started():
    tree = unpacked()
    programs = next((tree / "usr/lib/postgresql").iterdir()) / "bin"
    env = {**os.environ, "LD_LIBRARY_PATH": str(tree / "usr/lib/x86_64-linux-gnu"), "LC_ALL": "C"}
    user = AS_NOBODY if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give(folder)
        secret, data = write(folder / "password", PASSWORD.encode()), folder / "data"
        how = ["--username=owner", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"]
        initdb = [*user, programs / "initdb", "--pgdata", data, "--pwfile", secret, *how]
        subprocess.run(initdb, check=True, env=env, stdout=subprocess.DEVNULL)
        authority, port = certified(folder), free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": folder / "cert.pem",
            "ssl_key_file": folder / "key.pem",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [*user, programs / "postgres", "-D", data, *words], env=env, stderr=subprocess.PIPE, text=True
        )
        # What it says once it is ready is nobody's, but has to go somewhere.
        rest = threading.Thread(target=server.stderr.read)
        try:
            wait_for(server.stderr, "ready to accept connections")
            rest.start()
            yield Database(port, authority)
        finally:
            # Without waiting for its clients.
            server.send_signal(signal.SIGINT)
            server.wait()
            if rest.ident is not None:
                rest.join()
            server.stderr.close()


def wait_for(log, words):
    said = ""
    for line in log:
        said += line
        if words in line:
            return
    raise AssertionError(said)


if __name__ == "__main__":
    # For another program: what it has to know in JSON, and a server until its end of the input.
    with started() as served:
        print(json.dumps({"port": str(served.port), "password": PASSWORD}), flush=True)
        sys.stdin.read()
