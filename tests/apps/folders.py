"""What is in the folder that the query names: bits, what may be done, how much room is left."""

import json
import os
import shutil


def _attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return f"{type(error).__name__}: {error.strerror}"


def _entry(entry):
    writable, executable = os.access(entry.path, os.W_OK), os.access(entry.path, os.X_OK)
    return [entry.is_dir(), oct(entry.stat().st_mode & 0o7777), writable, executable]


def _write(path, size):
    with open(path, "wb") as file:
        return file.write(bytes(size))


def app(environ, start_response):
    folder = environ["QUERY_STRING"]
    with os.scandir(folder) as entries:
        found = {entry.name: _entry(entry) for entry in entries}
    usage = shutil.disk_usage(folder)
    told = {
        "entries": found,
        "walked": [at for at, _, _ in os.walk(folder)],
        "total": usage.total,
        "free": usage.free,
        "made": _attempt(os.mkdir, f"{folder}/made"),
        "changed": _attempt(os.chmod, folder, 0o700),
        "written": _attempt(_write, f"{folder}/written", 1 << 20),
        "free then": shutil.disk_usage(folder).free,
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
