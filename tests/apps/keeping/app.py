"""What one request leaves in a global is there for the next one, or is not: no trick, less than a slot keeps.

Every way but the last answers with the secrets that it finds, each with its pages; there should be none.

    /look          does no more
    /keep/SECRET   then writes SECRET (64 characters) into each page
    /hold/SECRET   the same, and waits for the request's body
    /renew         writes to more than a slot keeps, so that all of it is given back
"""

import json
import os

_PAGE = 4096
_kept = bytearray(100 * _PAGE)
_wide = bytearray(300 * _PAGE)


def _look() -> dict:
    if not any(_kept[::_PAGE]):
        return {}
    seen: dict = {}
    for place in range(0, len(_kept), _PAGE):
        text = bytes(_kept[place : place + 64]).rstrip(b"\0").decode()
        if text:
            seen.setdefault(text, []).append(place // _PAGE)
    return seen


def _keep(secret: str) -> dict:
    seen = _look()
    for place in range(0, len(_kept), _PAGE):
        _kept[place : place + len(secret)] = secret.encode()
    # Memory that the snapshot does not have costs a page fault, and so the slot is looked at.
    os.read(os.open(__file__, os.O_RDONLY), 4 << 20)
    return seen


def _hold(secret: str, environ):
    yield json.dumps(_keep(secret)).encode()
    environ["wsgi.input"].read()


def _renew() -> str:
    _wide[::_PAGE] = b"\1" * (len(_wide) // _PAGE)
    return "written"


_WAYS = {"look": _look, "keep": _keep, "renew": _renew}


def app(environ, start_response):
    way, *known = environ["PATH_INFO"].split("/")[1:]
    start_response("200 OK", [("Content-Type", "application/json")])
    if way == "hold":
        return _hold(*known, environ)
    return [json.dumps(_WAYS[way](*known) if way else "keeping").encode()]
