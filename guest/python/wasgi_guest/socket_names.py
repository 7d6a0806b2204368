"""What `socket` says of names and addresses in a sandbox, which has no network and asks nobody;
outgoing_names.py has the names of others to which HTTP may go out.
"""

import _socket
import errno
import os
import sys

from . import network, outgoing_names, refusal

_NO_NAMES = "a sandbox has no network to ask"
_LOOPBACK = {"4": "127.0.0.1", "6": "::1"}
_WILDCARD = {"4": "0.0.0.0", "6": "::"}
# Of IANA's registry of service names, what programs ask for by name.
_SERVICES = {
    "domain": 53, "ftp": 21, "http": 80, "https": 443, "imap": 143, "imaps": 993, "ldap": 389, "ldaps": 636,
    "mysql": 3306, "ntp": 123, "pop3": 110, "pop3s": 995, "postgresql": 5432, "smtp": 25, "ssh": 22,
    "submission": 587, "submissions": 465, "syslog": 514, "telnet": 23,
}  # fmt: skip
_PROTOCOLS = {"icmp": 1, "ip": 0, "ipv6": 41, "ipv6-icmp": 58, "tcp": 6, "udp": 17}
# sizeof(struct cmsghdr), and what its data is aligned to.
_MESSAGE_HEADER, _ALIGNMENT = 12, 4


def _unknown_name(host: str | None = None) -> OSError:
    # Not EAI_AGAIN: it will not be known later either, and nobody should wait for it.
    why = _NO_NAMES
    if host and outgoing_names.granted() is not None:
        why += f"; `wasgi serve {outgoing_names.flag(host, None)}` lets HTTP out"
        why += f", `{network.flag(host, None)}` anything else"
    return _socket.gaierror(_socket.EAI_FAIL, f"Non-recoverable failure in name resolution: {why}")


def _of_others(host: str, port: int | None) -> list[tuple[str, str]]:
    """Version and address of a name: those that it has, or stand-ins where HTTP alone may go out."""
    name = outgoing_names.normal(host)
    if network.reaches(name, port):
        return network.resolve(name)
    if not outgoing_names.is_reachable(name, None):
        raise _unknown_name(name)
    return list(outgoing_names.stand_ins(name).items())


def _text(host) -> str:
    return host.decode("ascii") if isinstance(host, (bytes, bytearray)) else host


def _version(address: str) -> str | None:
    """'4' or '6' for what is an address, None for a name."""
    version = "6" if ":" in address else "4"
    try:
        inet_pton(_socket.AF_INET if version == "4" else _socket.AF_INET6, address.partition("%")[0])
    except (OSError, ValueError):
        return None
    return version


# CPython's own, which is built without IPv6.
_pack, _unpack = _socket.inet_pton, _socket.inet_ntop


def inet_pton(address_family, ip_string, /):
    if address_family != _socket.AF_INET6:
        return _pack(address_family, ip_string)
    from ipaddress import AddressValueError, IPv6Address

    try:
        return IPv6Address(ip_string).packed
    except AddressValueError as error:
        raise OSError("illegal IP address string passed to inet_pton") from error


def inet_ntop(address_family, packed_ip, /):
    if address_family != _socket.AF_INET6:
        return _unpack(address_family, packed_ip)
    from ipaddress import IPv6Address

    if len(packed_ip) != 16:
        raise ValueError("invalid length of packed IP address string")
    return str(IPv6Address(bytes(packed_ip)))


def _is_here(host: str) -> bool:
    return host.lower() in {"localhost", "localhost.localdomain", gethostname().lower()}


def gethostname():
    return os.uname().nodename


def sethostname(name):
    raise refusal.error(errno.EPERM, "a sandbox keeps its name")


def gethostbyname(hostname):
    host = _text(hostname)
    if host == "":
        return _WILDCARD["4"]
    if _is_here(host):
        return _LOOPBACK["4"]
    if _version(host) == "4":
        return host
    return gethostbyname_ex(host)[2][0]


def gethostbyname_ex(hostname):
    host = _text(hostname)
    if host == "" or _is_here(host) or _version(host) == "4":
        return host, [], [gethostbyname(host)]
    found = [address for version, address in _of_others(host, None) if version == "4"]
    if not found:
        raise _socket.gaierror(_socket.EAI_FAMILY, "Address family for hostname not supported")
    return host, [], found


def gethostbyaddr(ip_address):
    host = _text(ip_address)
    if _is_here(host) or host in _LOOPBACK.values():
        return "localhost", [], [host if _version(host) else _LOOPBACK["4"]]
    if name := network.name_of(host):
        return name, [], [host]
    if _version(host):
        raise _socket.herror(1, f"Unknown host: {_NO_NAMES}")
    raise _unknown_name()


def getnameinfo(sockaddr, flags):
    host, port = sockaddr[:2]
    if not _version(host):
        raise _unknown_name()
    if host in _LOOPBACK.values() and not flags & _socket.NI_NUMERICHOST:
        host = "localhost"
    elif flags & _socket.NI_NAMEREQD:
        raise _unknown_name()
    service = None if flags & _socket.NI_NUMERICSERV else _service(port)
    return host, service or str(port)


def _service(port: int) -> str | None:
    return next((name for name, number in _SERVICES.items() if number == port), None)


def getservbyname(servicename, protocolname=None):
    if servicename not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[servicename]


def getservbyport(port, protocolname=None):
    if (name := _service(port)) is None:
        raise OSError("port/proto not found")
    return name


def getprotobyname(protocolname):
    if protocolname not in _PROTOCOLS:
        raise OSError("protocol not found")
    return _PROTOCOLS[protocolname]


def _port(port) -> int:
    if port is None:
        return 0
    port = _text(port)
    if isinstance(port, int) or port.isdecimal():
        return int(port)
    if port in _SERVICES:
        return _SERVICES[port]
    raise _socket.gaierror(_socket.EAI_SERVICE, "Servname not supported for ai_socktype")


def _addresses(host, port: int, flags: int) -> list[tuple[str, str]]:
    """Version and address of all that a host stands for."""
    if host is None or host == "":
        return list((_WILDCARD if flags & _socket.AI_PASSIVE else _LOOPBACK).items())
    if _is_here(host):
        return list(_LOOPBACK.items())
    version = _version(host)
    if version:
        return [(version, host)]
    if flags & _socket.AI_NUMERICHOST:
        raise _socket.gaierror(_socket.EAI_NONAME, "Name or service not known")
    return _of_others(host, port or None)


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """As the resolver does it for addresses, for this machine, and for names of others that are granted."""
    sys.audit("socket.getaddrinfo", host, port, family, type, proto)
    number = _port(port)
    kinds = [(_socket.SOCK_STREAM, _socket.IPPROTO_TCP), (_socket.SOCK_DGRAM, _socket.IPPROTO_UDP)]
    kinds = [kind for kind in kinds if type in (0, kind[0]) and proto in (0, kind[1])] or [(type, proto)]
    found = []
    for version, address in _addresses(_text(host), number, flags):
        of_version = _socket.AF_INET if version == "4" else _socket.AF_INET6
        place = (address, number) if version == "4" else (address, number, 0, 0)
        if family in (0, of_version):
            found += [(of_version, *kind, "", place) for kind in kinds]
    if not found:
        raise _socket.gaierror(_socket.EAI_FAMILY, "Address family for hostname not supported")
    return found


def if_nameindex():
    return []


def if_nametoindex(oname):
    raise refusal.error(errno.ENODEV, "a sandbox has no network")


def if_indextoname(if_index):
    raise refusal.error(errno.ENXIO, "a sandbox has no network")


def inet_ntoa(packed_ip):
    if len(packed_ip) != 4:
        raise OSError("packed IP wrong length")
    return ".".join(map(str, bytes(packed_ip)))


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def CMSG_LEN(length):
    return _aligned(_MESSAGE_HEADER) + length


def CMSG_SPACE(length):
    return _aligned(_MESSAGE_HEADER) + _aligned(length)


FUNCTIONS = (
    gethostname,
    sethostname,
    gethostbyname,
    gethostbyname_ex,
    gethostbyaddr,
    getnameinfo,
    getservbyname,
    getservbyport,
    getprotobyname,
    getaddrinfo,
    if_nameindex,
    if_nametoindex,
    if_indextoname,
    inet_ntoa,
    inet_ntop,
    inet_pton,
    CMSG_LEN,
    CMSG_SPACE,
)
