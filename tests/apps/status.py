"""Answers with the status that the path ends with, two cookies, and no body."""

from http import HTTPStatus


def app(environ, start_response):
    status = HTTPStatus(int(environ["PATH_INFO"].rpartition("/")[2]))
    start_response(f"{status.value} {status.phrase}", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return []
