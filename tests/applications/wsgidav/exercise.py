"""WsgiDAV: listing, PUT, GET with ranges, COPY, MOVE, LOCK, properties, DELETE."""

import re

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "data"
WARM = ["/"]
VARIES = [r"opaquelocktoken:[\w-]+", r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}", r"urn:uuid:[\w-]+"]
VARIES += [r"\b\d+-\d{10}-(?=\d+)", r"(?<=available-bytes>)\d+", r"(?<=used-bytes>)\d+"]
LOCK = b"""<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>
<D:locktype><D:write/></D:locktype><D:owner><D:href>anna</D:href></D:owner></D:lockinfo>"""
PATCH = b"""<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:X="urn:x"><D:set><D:prop><X:colour>red</X:colour>
</D:prop></D:set></D:propertyupdate>"""
FIND = b"""<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:X="urn:x"><D:prop><X:colour/><D:getcontentlength/>
<D:lockdiscovery/></D:prop></D:propfind>"""
XML = {"Content-Type": "application/xml"}


def prepare(project):
    project.write("data/files/first.txt", "of the first file\n" * 20)
    project.path("data/files/folder").mkdir()


def exercise(client):
    client.get("/")
    client.ask("OPTIONS", "/", 200)
    for depth in ("0", "1", "infinity"):
        client.ask("PROPFIND", "/", 207, b"", {"Depth": depth})
    client.get("/first.txt")
    client.get("/first.txt", 206, Range="bytes=3-20")
    client.ask("PUT", "/second.txt", 201, b"0123456789" * 100_000)
    client.ask("PUT", "/second.txt", 204, b"changed")
    client.get("/second.txt")
    client.ask("MKCOL", "/new", 201)
    client.ask("MKCOL", "/new", 405)
    client.ask("COPY", "/second.txt", 201, None, {"Destination": "http://localhost/new/copy.txt"})
    client.ask("MOVE", "/new", 201, None, {"Destination": "http://localhost/moved"})
    client.ask("PROPPATCH", "/second.txt", 207, PATCH, XML)
    client.ask("PROPFIND", "/second.txt", 207, FIND, {"Depth": "0", **XML})
    locked = client.ask("LOCK", "/second.txt", 200, LOCK, {"Timeout": "Second-600", **XML})
    token = re.search(r"opaquelocktoken:[\w-]+", locked.text)[0]
    client.ask("PUT", "/second.txt", 423, b"by another")
    client.ask("PUT", "/second.txt", 204, b"by the owner", {"If": f"(<{token}>)"})
    client.ask("UNLOCK", "/second.txt", 204, None, {"Lock-Token": f"<{token}>"})
    client.ask("DELETE", "/second.txt", 204)
    client.ask("DELETE", "/moved", 204)
    client.get("/nowhere", 404)
    client.ask("PROPFIND", "/", 207, b"", {"Depth": "infinity"})
