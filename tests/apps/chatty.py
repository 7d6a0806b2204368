"""Prints a thousand lines of a kibibyte, more than anybody wants to read."""


def app(environ, start_response):
    for _ in range(1000):
        print("x" * 1023)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"said it all"]
