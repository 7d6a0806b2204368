"""The variables that the host gives to an instance: what it tells of the connection, and what it grants.

A client can set none of them, whatever it sends: each instance has a wasi:cli/environment of its own.
"""

# The side channel: what wasi:http does not tell, under the names that hosts give it, and its environ keys.
_CONNECTION = {
    "WASGI_REMOTE_ADDR": "REMOTE_ADDR",
    "WASGI_REMOTE_PORT": "REMOTE_PORT",
    "WASGI_SERVER_PROTOCOL": "SERVER_PROTOCOL",
    "WASGI_SCRIPT_NAME": "SCRIPT_NAME",
}

# What only the request or the gateway may say. A client's header 'Proxy' must not meet a granted HTTP_PROXY.
_RESERVED = ("HTTP_", "CONTENT_", "wsgi.")
_RESERVED_NAMES = frozenset((*_CONNECTION.values(), "GATEWAY_INTERFACE", "REMOTE_HOST", "SERVER_SOFTWARE"))


def split(variables: list[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Gives what the environ gets, and what os.environ gets.

    Granted variables go to both ("Application Configuration": deployers may put pairs into the environ);
    those of the side channel to the environ alone.
    """
    settings, granted = {}, []
    for name, value in variables:
        key = _CONNECTION.get(name)
        if key is None:
            granted.append((name, value))
            if not (name.startswith(_RESERVED) or name in _RESERVED_NAMES):
                settings[native(name)] = native(value)
        elif value:
            settings[key] = native(value)
    if "REMOTE_ADDR" in settings:
        # RFC 3875 section 4.1.9: the address stands in for a name that nobody looked up.
        settings["REMOTE_HOST"] = settings["REMOTE_ADDR"]
    return settings, granted


def native(text: str) -> str:
    """Gives a native string: the text's bytes as one latin-1 character each ("Unicode Issues")."""
    return text if text.isascii() else text.encode().decode("latin-1")
