"""Names of others: whom the host lets requests go to, and addresses that stand in for names.

wasi:http resolves names itself, at the host. A program that resolves first gets an address of the range for
benchmarks (RFC 2544, RFC 5180), which nobody has, and the name comes back where it connects.
"""

import _wasgi_outgoing

# 198.18.0.0/15 and 2001:2::/48.
_FOUR, _SIX = "198.{}.{}.{}", "2001:2::{:x}"
_MOST = 1 << 16
_LOOPBACK = ("127.0.0.1", "::1")

# By name its number, and by address that stands in for a name that name.
_numbers: dict[str, int] = {}
_names: dict[str, str] = {}


def granted() -> list[tuple[str, str, int]] | None:
    """Scheme, host and port of each origin that the host names; None where it does not say."""
    origins = _wasgi_outgoing.origins()
    return None if origins is None else [_split(origin) for origin in origins]


def _split(origin: str) -> tuple[str, str, int]:
    scheme, _, authority = origin.partition("://")
    host, _, port = authority.rpartition(":")
    return scheme, host.strip("[]"), int(port)


def is_reachable(host: str, port: int | None) -> bool:
    """Whether the host lets any request to there out, as far as it says."""
    if not _wasgi_outgoing.is_open():
        return False
    origins = granted()
    if origins is None:
        return True
    return any(_matches(pattern, host) and port in (None, number) for _, pattern, number in origins)


def _matches(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern or (pattern == "localhost" and host in _LOOPBACK)


def flag(host: str, port: int | None, scheme: str | None = None) -> str:
    """What makes the host of wasgi let requests to there out."""
    scheme = scheme or ("http" if port == 80 else "https" if port in (None, 443) else "http")
    shown = f"[{host}]" if ":" in host else host
    is_usual = port in (None, {"http": 80, "https": 443}[scheme])
    return f"--allow-http {scheme}://{shown}" + ("" if is_usual else f":{port}")


def same(host: str) -> tuple[str, ...]:
    """The names of a host that is connected to: this machine has two."""
    return (host, "localhost") if host in _LOOPBACK else (host,)


def is_name(host: str) -> bool:
    """False for an address."""
    return not (":" in host or host.replace(".", "").isdigit())


def normal(host: str) -> str:
    """A name as it is compared."""
    if not host.isascii():
        host = host.encode("idna").decode()
    return host.lower().removesuffix(".")


def stand_ins(name: str) -> dict[str, str]:
    """By version, the addresses that stand in for a name."""
    number = _numbers.setdefault(name, len(_numbers) + 1)
    if number >= _MOST:
        raise OSError("a request knows at most 65535 names of others")
    found = {"4": _FOUR.format(18, number >> 8, number & 255), "6": _SIX.format(number)}
    _names.update((address, name) for address in found.values())
    return found


def name_of(address: str) -> str | None:
    """The name that an address stands in for."""
    return _names.get(address)
