"""Returns each shape of iterable that there is, as the path names it."""


class _One:
    """The least that a sized iterable has: no other attribute may be used."""

    def __len__(self):
        return 1

    def __iter__(self):
        return iter([b"sized"])

    def __getattr__(self, name):
        if name != "close":
            print("shapes.py: touched", name)
        raise AttributeError(name)


class _Old:
    """The protocol before iterators, which iter() still knows."""

    def __getitem__(self, index):
        return [b"old ", b"", b"style"][index]


def _gaps():
    yield b""
    yield b"between"
    yield b""
    yield b" gaps"
    yield b""


_SHAPES = {
    "list": lambda: [b"list"],
    "tuple": lambda: (b"tuple",),
    "sized": _One,
    "empty": list,
    "hollow": lambda: [b""],
    "two": lambda: [b"t", b"wo"],
    "generator": lambda: (block for block in [b"generator"]),
    "nothing": lambda: (block for block in []),
    "gaps": _gaps,
    "map": lambda: map(str.encode, "map"),
    "old": _Old,
    "lines": lambda: [b"a\r\nb\nc\rd\x00\xff"],
}


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return _SHAPES[environ["PATH_INFO"].rpartition("/")[2]]()
