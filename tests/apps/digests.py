"""What the interpreter hashes, with OpenSSL and without; run as a program, it tells the same natively."""

import hashlib
import hmac
import json
import os

_MESSAGE = b"a fresh sandbox for each request, " * 100
_LENGTH = 40


def _digest(digest):
    return digest.hexdigest(_LENGTH) if digest.name.startswith("shake") else digest.hexdigest()


def _ways(name):
    """One digest by its constructor, by its name, in pieces, and beside a copy."""
    pieces = hashlib.new(name)
    for start in range(0, len(_MESSAGE), 77):
        pieces.update(_MESSAGE[start : start + 77])
        pieces.copy().update(b"lost")
    made = {
        "constructor": _digest(getattr(hashlib, name)(_MESSAGE)),
        "name": _digest(hashlib.new(name, _MESSAGE)),
        "pieces": _digest(pieces),
        "empty": _digest(hashlib.new(name)),
    }
    if not name.startswith("shake"):
        made["hmac"] = hmac.digest(b"key", _MESSAGE, name).hex()
        made["hmac object"] = hmac.new(b"k" * 200, _MESSAGE, name).hexdigest()
        made["pbkdf2"] = [
            hashlib.pbkdf2_hmac(name, password, b"salt" * 30, rounds, length).hex()
            for password in (b"", b"password", b"p" * 200)
            for rounds, length in ((1, 5), (2, 32), (3, 100))
        ]
    return made


def answers():
    made = {name: _ways(name) for name in sorted(hashlib.algorithms_guaranteed)}
    with open(os.path.join(os.path.dirname(__file__), "hello.py"), "rb") as file:
        made["file"] = hashlib.file_digest(file, "sha256").hexdigest()
    return made


# Of RFC 7914, section 11, and RFC 6070; below, of RFC 7914, section 12.
_PBKDF2 = [
    ("sha256", b"passwd", b"salt", 1, 64),
    ("sha256", b"Password", b"NaCl", 80000, 64),
    ("sha1", b"password", b"salt", 4096, 20),
    ("sha1", b"pass\0word", b"sa\0lt", 4096, 16),
]
_SCRYPT = [
    (b"", b"", 16, 1, 1),
    (b"password", b"NaCl", 1024, 8, 16),
    (b"pleaseletmein", b"SodiumChloride", 16384, 8, 1),
]


def vectors():
    derived = [hashlib.pbkdf2_hmac(*known).hex() for known in _PBKDF2]
    for password, salt, n, r, p in _SCRYPT:
        derived.append(hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=1 << 26).hex())
    return derived


def app(environ, start_response):
    made = vectors() if environ["PATH_INFO"].endswith("/vectors") else answers()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(made).encode()]


if __name__ == "__main__":
    print(json.dumps(answers()))
