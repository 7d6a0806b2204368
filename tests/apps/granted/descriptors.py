"""Opens files of /data until that fails, as a program that never closes them; answers all the same."""

import errno
import os


def app(environ, start_response):
    files = []
    try:
        while len(files) < 1000:
            files.append(open("/data/text"))  # noqa: SIM115 (that is what it tries)
        said = "none is refused"
    except OSError as error:
        said = errno.errorcode[error.errno]
    count = len(files)
    try:
        os.listdir("/data")
    except OSError as error:
        said += f", {errno.errorcode[error.errno]} from a listing"
    files.pop().close()
    with open("/data/text") as file:
        said += f", {file.read()} again once one is closed"
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Count", str(count))])
    yield f"{said}, {os.listdir('/data')}".encode()
