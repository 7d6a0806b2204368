"""The write() callable: what is written comes before what is returned."""


def app(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written, ")
    write(b"written again, ")
    return [b"returned"]
