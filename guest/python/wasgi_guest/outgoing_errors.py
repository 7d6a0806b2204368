"""What wasi:http says went wrong, as exceptions that programs expect of sockets."""

import errno
import socket

from . import outgoing_names, refusal

# By wasi:http's error-code: what it is on a machine with a network.
_NUMBERS = {
    "destination-unavailable": errno.EHOSTUNREACH,
    "destination-IP-unroutable": errno.ENETUNREACH,
    "connection-refused": errno.ECONNREFUSED,
    "connection-timeout": errno.ETIMEDOUT,
    "connection-read-timeout": errno.ETIMEDOUT,
    "connection-write-timeout": errno.ETIMEDOUT,
    "HTTP-response-timeout": errno.ETIMEDOUT,
    "connection-limit-reached": errno.EMFILE,
    "HTTP-request-denied": errno.EACCES,
    "destination-IP-prohibited": errno.EACCES,
    "HTTP-request-length-required": errno.EINVAL,
    "HTTP-request-method-invalid": errno.EINVAL,
    "HTTP-request-URI-invalid": errno.EINVAL,
    "HTTP-request-URI-too-long": errno.EMSGSIZE,
    "HTTP-request-header-section-size": errno.EMSGSIZE,
    "HTTP-request-header-size": errno.EMSGSIZE,
    "HTTP-request-body-size": errno.EMSGSIZE,
    "HTTP-response-body-size": errno.EMSGSIZE,
    "HTTP-response-header-section-size": errno.EMSGSIZE,
    "HTTP-response-header-size": errno.EMSGSIZE,
}
_NAMES = {
    "DNS-timeout": socket.EAI_AGAIN,
    "DNS-error": socket.EAI_NONAME,
    "destination-not-found": socket.EAI_NONAME,
}
_OF_TLS = ("TLS-certificate-error", "TLS-protocol-error", "TLS-alert-received")
# Natively, connecting raises these.
_WHEN_CONNECTING = {
    *_NAMES,
    *_OF_TLS,
    "destination-unavailable",
    "destination-IP-unroutable",
    "connection-refused",
}
_WHEN_REFUSED = {
    name for name, number in _NUMBERS.items() if number in (errno.EACCES, errno.EINVAL, errno.EMFILE)
}


def comes_before_the_request(name: str) -> bool:
    """Whether a program that has connected and sent would have heard of it by then."""
    return name in _WHEN_CONNECTING or name in _WHEN_REFUSED


# How wasmtime words what ends a body, of which it tells no code.
_WORDS = {
    "connection read timeout": "connection-read-timeout",
    "HTTP response body size exceeds limit": "HTTP-response-body-size",
    "HTTP response timeout": "HTTP-response-timeout",
    "incomplete HTTP response": "HTTP-response-incomplete",
}


def name_of(name: str, detail: str) -> str:
    """The error-code that the host's words are for, where it has none."""
    found = [code for words, code in _WORDS.items() if detail.startswith(words)]
    return found[0] if found and name == "connection-terminated" else name


def error_of(name: str, detail: str, scheme: str, host: str, port: int) -> OSError:
    """Gives the exception for a failed exchange with an origin."""
    why = f"{name}: {detail}" if detail else name
    if name in _NAMES:
        return socket.gaierror(_NAMES[name], f"Name or service not known: {host} ({why})")
    if name in _OF_TLS:
        return _of_tls(name, f"{host}:{port}: {why}")
    if name == "HTTP-request-denied":
        flag = outgoing_names.flag(host, port, scheme)
        why += f": the host lets no request to there out; `wasgi serve {flag}` does"
    elif name == "destination-IP-prohibited":
        flag = outgoing_names.flag("ADDRESS", port, scheme)
        why += f": {host} is a private address, or resolves to one; `wasgi serve {flag}` names it"
    number = _NUMBERS.get(name, errno.ECONNRESET)
    return refusal.error(number, f"{scheme}://{host}:{port}: {why}")


def _of_tls(name: str, why: str) -> OSError:
    import ssl

    if name == "TLS-certificate-error":
        # 1 is SSL_ERROR_SSL, as OpenSSL's own have it.
        error = ssl.SSLCertVerificationError(
            1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {why}"
        )
        error.reason, error.library = "CERTIFICATE_VERIFY_FAILED", "SSL"
        error.verify_code, error.verify_message = 20, why
        return error
    return ssl.SSLError(1, f"[SSL] {why}")
