"""Builds the WSGI environ from a request (PEP 3333, "environ Variables"; CGI names of RFC 3875)."""

import re

from .body import FileWrapper, open_body

# Constant entries. Each request gets a copy, because applications may change their environ.
_TEMPLATE = {
    "SCRIPT_NAME": "",
    # For hosts that do not pass the version: an application may rely on 1.1.
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_SOFTWARE": "wasgi",
    "GATEWAY_INTERFACE": "CGI/1.1",
    "wsgi.version": (1, 0),
    "wsgi.multithread": False,
    # Other instances may serve other requests at the same time,
    "wsgi.multiprocess": True,
    # and this one serves no second request.
    "wsgi.run_once": True,
    "wsgi.file_wrapper": FileWrapper,
    # The stream ends with the body even without a Content-Length: the host decodes chunked bodies.
    "wsgi.input_terminated": True,
}

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")


def set_software(product: str) -> None:
    """Sets SERVER_SOFTWARE, 'name/version'."""
    _TEMPLATE["SERVER_SOFTWARE"] = product


def make_environ(request, errors, settings: dict[str, str]) -> dict:
    """Builds the environ of one request.

    `errors` becomes `wsgi.errors`; `settings` are the host's connection settings and granted variables.
    """
    environ = _TEMPLATE.copy()
    environ.update(settings)
    environ["wsgi.errors"] = errors
    request.fill(environ)
    authority = _add_target(environ) or environ.get("HTTP_HOST") or request.authority
    _add_server(environ, authority)
    length = _content_length(environ) if "CONTENT_LENGTH" in environ else None
    environ["wsgi.input"] = open_body(request, length)
    return environ


def _add_target(environ: dict) -> str | None:
    """Adds the path and QUERY_STRING; returns the target's authority, if any (RFC 9112 section 3.2)."""
    authority = None
    path, _, environ["QUERY_STRING"] = environ["RAW_URI"].partition("?")
    if not path.startswith("/"):
        authority, path = _split_absolute(path)
        if authority:
            # RFC 9112 section 3.2.2: an absolute target overrides the Host field.
            environ["HTTP_HOST"] = authority.rpartition("@")[2]
    path = _unquote(path)
    if environ["SCRIPT_NAME"]:
        path = _below_mount(environ, path)
    environ["PATH_INFO"] = path
    return authority


def _unquote(path: str) -> str:
    if "%" not in path:
        return path
    # Each decoded byte is one latin-1 character: PEP 3333, "Unicode Issues".
    return _PERCENT.sub(lambda match: chr(int(match[1], 16)), path)


def _below_mount(environ: dict, path: str) -> str:
    """Returns the part of the path below SCRIPT_NAME, which the host passes in its URL form."""
    mount = "/" + _unquote(environ["SCRIPT_NAME"]).strip("/")
    if mount != "/" and (path == mount or path.startswith(mount + "/")):
        environ["SCRIPT_NAME"] = mount
        return path[len(mount) :]
    # Not below: the whole path is the application's, and the URLs that it builds stay correct.
    environ["SCRIPT_NAME"] = ""
    return path


def _split_absolute(path: str) -> tuple[str | None, str]:
    _, found, rest = path.partition("://")
    if not found:
        # '*' of OPTIONS, 'host:port' of CONNECT, or nothing: there is no path. RAW_URI keeps the target.
        return None, ""
    authority, _, rest = rest.partition("/")
    return authority, "/" + rest


def _add_server(environ: dict, authority: str | None) -> None:
    authority = (authority or "").rpartition("@")[2]
    if authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = authority
    host, colon, port = authority.rpartition(":")
    # '[::1]' has colons; a port follows the bracket. Brackets stay, because SERVER_NAME goes into URLs.
    if not colon or "]" in port:
        host, port = authority, ""
    environ["SERVER_NAME"] = host or "localhost"
    default = _DEFAULT_PORTS.get(environ["wsgi.url_scheme"], "80")
    environ["SERVER_PORT"] = port if _is_number(port) else default


def _content_length(environ: dict) -> int | None:
    # RFC 9110 section 8.6: a repeated number counts once.
    numbers = {part.strip() for part in environ["CONTENT_LENGTH"].split(",")}
    number = numbers.pop()
    if numbers or not _is_number(number):
        # wasgi's host refuses such a request. On another host, only the body's own end is reliable.
        del environ["CONTENT_LENGTH"]
        return None
    environ["CONTENT_LENGTH"] = number
    return int(number)


def _is_number(text: str) -> bool:
    # The bound protects int() from absurdly long numbers.
    return text.isascii() and text.isdigit() and len(text) < 19
