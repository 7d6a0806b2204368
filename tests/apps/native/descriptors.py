"""What programs do with numbers of open files, each in a folder of its own."""

import errno
import mmap
import os


def _written(path, data=b"abcdef"):
    with open(path, "wb") as file:
        file.write(data)
    return os.open(path, os.O_RDWR)


def _read(path):
    with open(path, "rb") as file:
        return file.read().decode()


def _error(function, *args):
    try:
        return function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]


def duplicates_share_a_position(folder):
    first = _written(f"{folder}/f")
    second = os.dup(first)
    third = os.dup(second)
    found = [os.read(number, 2).decode() for number in (first, second, third)]
    os.lseek(third, 1, os.SEEK_SET)
    os.close(second)
    found += [os.read(first, 1).decode(), _error(os.read, second, 1), _error(os.close, second)]
    os.close(first)
    found += [_error(os.dup, first), os.read(third, 9).decode()]
    return [*found, os.close(third), _error(os.fstat, third)]


def duplicate_of_a_file_without_a_name(folder):
    number = _written(f"{folder}/f")
    other = os.dup(number)
    os.close(number)
    os.unlink(f"{folder}/f")
    os.ftruncate(other, 3)
    os.pwrite(other, b"X", 2)
    with os.fdopen(other, "rb") as file:
        return [file.read().decode(), os.listdir(folder)]


def number_of_another_file(folder):
    one, other = _written(f"{folder}/one"), _written(f"{folder}/other")
    found = [os.dup2(one, other) == other, os.dup2(one, one) == one, os.write(other, b"XY")]
    next_one = _written(f"{folder}/next")
    os.write(next_one, b"N")
    os.close(one)
    found += [os.write(other, b"Z"), os.close(other), _error(os.write, other, b"?")]
    os.close(next_one)
    return [*found, *(_read(f"{folder}/{name}") for name in ("one", "other", "next"))]


def numbers_that_return(folder):
    number = _written(f"{folder}/f")
    kept, other = os.dup(number), _written(f"{folder}/other")
    os.dup2(other, number)
    os.write(number, b"1")
    os.dup2(kept, number)
    os.write(number, b"2")
    os.dup2(other, number)
    refused = _error(os.close, -1)
    os.dup2(kept, number)
    for each in (kept, number, other):
        os.close(each)
    return [_read(f"{folder}/f"), _read(f"{folder}/other"), refused, _error(os.fstat, number)]


def redirected_output(folder):
    kept, number = os.dup(1), _written(f"{folder}/f", b"")
    os.dup2(number, 1)
    os.close(number)
    try:
        print("by the stream", flush=True)
        os.write(1, b"by the number")
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    return [_read(f"{folder}/f").splitlines(), os.write(1, b"")]


def duplicate_of_a_file_object(folder):
    os.close(_written(f"{folder}/f"))
    with open(f"{folder}/f", "r+b", buffering=0) as file:
        with os.fdopen(os.dup(file.fileno()), "r+b") as other:
            found = [other.read(2).decode(), other.seek(4), other.write(b"__")]
        return [*found, file.tell(), file.seek(0), file.read().decode()]


def duplicate_of_nothing(folder):
    return [_error(os.dup, 987654), _error(os.dup2, 987654, 1), _error(os.dup, -1), os.listdir(folder)]


def map_of_a_closed_file(folder):
    number = _written(f"{folder}/f")
    mapped = mmap.mmap(number, 0)
    os.ftruncate(number, 9)
    os.close(number)
    mapped[1:3] = b"XY"
    view = memoryview(mapped)
    try:
        mapped.close()
    except BufferError as error:
        found = [str(error), mapped.size(), bytes(view[:2]).decode()]
    view.release()
    mapped.close()
    return [*found, mapped.closed, _read(f"{folder}/f").rstrip("\0")]


def many_duplicates(folder):
    number = _written(f"{folder}/f")
    numbers = [os.dup(number) for _ in range(100)]
    os.close(number)
    found = [len(set(numbers)), os.read(numbers[50], 3).decode()]
    for each in numbers:
        os.close(each)
    return [*found, _error(os.fstat, numbers[50])]
