"""httpbin: what it says of requests, statuses, redirects, cookies, passwords, compressed and streamed
answers.
"""

import base64

APP = "httpbin:app"
PAGE = "/get"
JSON = {"Content-Type": "application/json"}
#: A drawn tag; and where headers are not sorted, they have the order of the environ.
VARIES = [r"(?<=Etag: )[0-9a-f]{32}", r'(?<="headers": )\{"[^}]*\}']


def exercise(client):
    for path in (
        "/",
        "/get?a=1&b=%C3%A4",
        "/headers",
        "/ip",
        "/user-agent",
        "/anything/x?y=z",
        "/html",
        "/xml",
    ):
        client.get(path)
    for path in (
        "/json",
        "/robots.txt",
        "/encoding/utf8",
        "/base64/aGVsbG8=",
        "/bytes/64?seed=1",
        "/links/5/1",
    ):
        client.get(path)
    for path in ("/stream/3", "/stream-bytes/64?seed=1", "/range/100", "/image/png", "/image/svg", "/deny"):
        client.get(path)
    for path in ("/gzip", "/deflate", "/brotli", "/delay/0", "/drip?duration=0&numbytes=5"):
        client.get(path)
    client.get("/range/100", 206, Range="bytes=10-19")
    for status in (200, 204, 404, 418, 500, 503):
        client.get(f"/status/{status}", status)
    client.get("/image", 406, Accept="text/html")
    client.post("/post", {"name": "anna", "text": "grün"}, 200)
    client.upload("/post", {"name": "anna"}, {"file": ("note.txt", b"of the file")}, 200)
    for method in ("PUT", "PATCH", "DELETE"):
        client.ask(method, f"/{method.lower()}", 200, b'{"a": [1, 2]}', JSON)
    client.get("/redirect/2", 302)
    client.get("/absolute-redirect/1", 302)
    client.get("/redirect-to?url=/get&status_code=307", 307)
    client.follow(client.get("/cookies/set?seen=yes", 302))
    client.get("/cookies/delete?seen", 302)
    client.get("/basic-auth/anna/secret", 401)
    known = base64.b64encode(b"anna:secret").decode()
    client.get("/basic-auth/anna/secret", Authorization=f"Basic {known}")
    client.get("/bearer", Authorization="Bearer token")
    client.get("/cache")
    client.get("/cache", 304, If_Modified_Since="Thu, 01 Jan 2026 00:00:00 GMT")
    client.get("/etag/tag", 304, If_None_Match='"tag"')
    client.get("/response-headers?X-Said=yes")
