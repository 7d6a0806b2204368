"""Who connects to whom by sockets of wasi:sockets, in what is built with a network; network_stream.py
and network_datagrams.py have them.

Our host says whom it lets sockets connect to: what else a program connects to goes by HTTP (outgoing.py), or
nowhere. Other hosts do not say, so everything goes by sockets there.
"""

import _socket

import _wasgi_net

from . import outgoing_names

_LOOPBACK = ("127.0.0.1", "::1")
# By what _wasgi_net.Unresolved says, a number and its text.
_FAILED = "Non-recoverable failure in name resolution"
_UNKNOWN = {
    0: (_socket.EAI_NONAME, "Name or service not known"),
    1: (_socket.EAI_AGAIN, "Temporary failure in name resolution"),
    2: (_socket.EAI_FAIL, f"{_FAILED} (if it leads where no name may lead, the host's log says so)"),
}

BUILD = "from what is built with `wasgi build --network`"

# By address that a name was resolved to, that name.
_names: dict[str, str] = {}


def is_open() -> bool:
    """Whether there are sockets to be had."""
    return _wasgi_net.is_open()


def reaches(host: str, port: int | None) -> bool:
    """Whether sockets go there, as far as the host says: a name, or an address."""
    if not is_open():
        return False
    granted = _wasgi_net.granted()
    if granted is None:
        return True
    name = name_of(host) or host
    return any(_matches(grant, host, port) or _matches(grant, name, port) for grant in granted)


def _matches(grant: str, host: str, port: int | None) -> bool:
    pattern, _, ports = grant.rpartition(":")
    first, _, last = ports.partition("-")
    if port is not None and not int(first) <= port <= int(last):
        return False
    pattern = pattern.replace("[", "").replace("]", "")
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    if "/" in pattern:
        return not outgoing_names.is_name(host) and _is_within(host, pattern)
    return host == pattern or (pattern == "localhost" and host in _LOOPBACK)


def _is_within(address: str, network: str) -> bool:
    from ipaddress import ip_address, ip_network

    return ip_address(address.partition("%")[0]) in ip_network(network)


def name_of(address: str) -> str | None:
    """The name that an address is of."""
    return _names.get(address) or outgoing_names.name_of(address)


def flag(host: str, port: int | None) -> str:
    """What makes the host of wasgi let sockets connect to there."""
    shown = f"[{host}]" if ":" in host else host
    return f"--allow-net {shown}:{'PORT' if port is None else port}"


def refusal(host: str, port: int) -> str:
    """Why no socket connects to there."""
    cure = f"`wasgi serve {flag(name_of(host) or host, port)}` lets it"
    return f"the sandbox may not connect there; {cure}" + ("" if is_open() else f", {BUILD}")


def resolve(name: str) -> list[tuple[str, str]]:
    """Asks the host for the addresses of a name: version and address of each."""
    from .outgoing_wait import wait

    try:
        lookup = _wasgi_net.Lookup(name)
        packed: list[bytes] = []

        def advance() -> bool:
            while (found := lookup.next()) is not None:
                if not found:
                    return True
                packed.append(found)
            return False

        wait(advance, lambda: [(lookup, False)], None)
    except _wasgi_net.Unresolved as error:
        raise _unknown(name, error.args[0]) from None
    except PermissionError as error:
        why = f"the host lets nobody ask for {name}; `wasgi serve {flag(name, None)}` does"
        raise _socket.gaierror(_socket.EAI_FAIL, f"{_FAILED}: {why}") from error
    addresses = [_unpacked(address) for address in packed]
    if not addresses:
        raise _unknown(name, 0)
    _names.update((address, name) for _, address in addresses)
    return addresses


def _unknown(name: str, which: int) -> OSError:
    number, why = _UNKNOWN[which]
    return _socket.gaierror(number, f"{why}: {name}")


def _unpacked(packed: bytes) -> tuple[str, str]:
    if len(packed) == 4:
        return "4", _socket.inet_ntop(_socket.AF_INET, packed)
    return "6", _socket.inet_ntop(_socket.AF_INET6, packed)
