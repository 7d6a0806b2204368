"""Takes memory without end, in the way the path names."""


def _block():
    return bytes(1 << 30)


def _blocks():
    return [bytes(1 << 20) for _ in range(1 << 20)]


def _objects():
    return {number: [number] for number in range(1 << 30)}


def _text():
    text = "x"
    while True:
        text += text


def _caught():
    try:
        return str(len(_blocks()))
    except MemoryError:
        return "caught MemoryError"


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    body = {"block": _block, "blocks": _blocks, "objects": _objects, "text": _text, "caught": _caught}[kind]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body.encode()]
