"""`mmap`, by the same steps as natively."""

import json
import mmap
import os
import sys
import tempfile


def _anonymous():
    with mmap.mmap(-1, 8) as memory:
        memory.write(b"ab\ncd")
        memory[6:8] = b"xy"
        memory.seek(0)
        line = memory.readline()
        memory.move(0, 3, 2)
        return [
            line,
            memory.tell(),
            memory[:8],
            memory.find(b"x"),
            memory.rfind(b"d", 0),
            memory[-1],
            len(memory),
        ]


def _file(folder, access, write):
    path = os.path.join(folder, "mapped")
    with open(path, "wb") as file:
        file.write(b"from the file")
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0, access=access) as memory:
        found = [memory[5:8], memory.size(), memory.read(4)]
        try:
            memory[0:4] = write
        except TypeError as error:
            found.append(str(error))
        memory.flush()
        found.append(bytes(memoryview(memory)[:8]))
    with open(path, "rb") as file:
        return [*found, file.read()]


def _outlived(folder):
    """A map goes on when its file is closed."""
    path = os.path.join(folder, "outlived")
    with open(path, "wb") as file:
        file.write(b"from the file")
    with open(path, "r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
    memory[:4] = b"into"
    memory.close()
    with open(path, "rb") as file:
        return [file.read(), repr(memory), _error(memory.find, b"into"), _error(mmap.mmap, -1, 8, access=9)]


def _error(call, *arguments, **named):
    try:
        return call(*arguments, **named)
    except ValueError as error:
        return str(error)


def _refused(folder):
    found = []
    for arguments in ((-1, 0), (-1, -1)):
        try:
            mmap.mmap(*arguments)
        except (ValueError, OverflowError, OSError) as error:
            found.append(type(error).__name__)
    return found


def told(folder):
    found = {
        "anonymous": _anonymous(),
        "read": _file(folder, mmap.ACCESS_READ, b"TO  "),
        "written": _file(folder, mmap.ACCESS_WRITE, b"TO  "),
        "copied": _file(folder, mmap.ACCESS_COPY, b"TO  "),
        "outlived": _outlived(folder),
        "refused": _refused(folder),
    }
    return json.loads(json.dumps(found, default=bytes.decode))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        json.dump(told(folder), sys.stdout)
