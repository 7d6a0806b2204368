"""Prints gunicorn's request files and what it expects of each, as JSON.

Runs in gunicorn's unpacked source distribution, whose tests/treq.py knows how its files are written.
"""

import json
import pathlib
import re
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path[:0] = [str(SOURCE), str(SOURCE / "tests")]

import treq  # noqa: E402  (found by the line above)


def with_host(data: bytes, wanting: int) -> bytes:
    """The same with a Host header in the first requests of HTTP/1.1: as many as want one."""
    if not wanting:
        return data
    return re.sub(rb"(?m)^(\S+ \S+ HTTP/1\.1)\r\n", rb"\1\r\nHost: test\r\n", data, count=wanting)


def wants_host(request: dict) -> bool:
    return request["version"] == (1, 1) and "HOST" not in dict(request["headers"])


def expected(request: dict) -> dict:
    body = request["body"]
    return {
        "method": request["method"],
        "path": request["uri"]["path"],
        "query": request["uri"]["query"],
        "headers": request["headers"],
        "wants_host": wants_host(request),
        "body": body if isinstance(body, str) else body.decode("latin-1"),
    }


def cases(kind: str):
    for file in sorted((SOURCE / "tests/requests" / kind).glob("*.http")):
        sidecar = treq.load_py(str(file.with_suffix(".py")))
        data = treq.request(str(file), sidecar["request"]).data
        case = {"name": f"{kind}/{file.stem}"}
        if kind == "valid":
            requests = sidecar["request"]
            requests = requests if isinstance(requests, list) else [requests]
            case["expected"] = [expected(request) for request in requests]
            wanting = sum(map(wants_host, requests))
        else:
            case["expected"] = []
            wanting = int(b" HTTP/1.1\r\n" in data and b"\r\nhost:" not in data.lower())
        case["wanting"] = wanting
        case["sent"] = data.decode("latin-1")
        case["with_host"] = with_host(data, wanting).decode("latin-1")
        yield case


print(json.dumps([*cases("valid"), *cases("invalid")]))
