"""What programs do with files and folders, each in a folder of its own: tells what comes of it, by its name.

Runs in a sandbox and on an ordinary Python alike; what may differ from machine to machine is not told.
"""

import errno
import glob
import os
import pathlib
import shutil
import stat
import tarfile
import tempfile
import zipfile

import descriptors

_TIMES = (1_600_000_000_123_456_789, 1_700_000_000_987_654_321)


def _write(path, data=b"text"):
    with open(path, "wb") as file:
        file.write(data)


def _read(path):
    with open(path, "rb") as file:
        return file.read().decode()


def _opened(path, mode="r"):
    with open(path, mode):
        return True


def _tree(folder):
    found = []
    for at, folders, files in os.walk(folder):
        folders.sort()
        found += [os.path.relpath(os.path.join(at, name), folder) for name in sorted(folders + files)]
    return found


def _made(folder):
    os.makedirs(f"{folder}/from/deep/empty")
    _write(f"{folder}/from/a.txt", b"a")
    _write(f"{folder}/from/deep/b.txt", b"b")
    return f"{folder}/from"


def _bits(path):
    return oct(os.stat(path).st_mode)


def _open_without_flags(folder):
    _write(f"{folder}/f")
    descriptor = os.open(f"{folder}/f", 0)
    try:
        return os.read(descriptor, 9).decode()
    finally:
        os.close(descriptor)


def _durable_rename(folder):
    _write(f"{folder}/new")
    os.replace(f"{folder}/new", f"{folder}/f")
    descriptor = os.open(folder, 0)
    try:
        os.fsync(descriptor)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    return os.listdir(folder)


def _replaced(folder):
    _write(f"{folder}/new", b"new")
    _write(f"{folder}/old", b"old")
    os.replace(f"{folder}/new", f"{folder}/old")
    return [_read(f"{folder}/old"), os.listdir(folder)]


def _renamed_folder(folder):
    os.rename(_made(folder), f"{folder}/to")
    os.mkdir(f"{folder}/empty")
    os.rename(f"{folder}/to", f"{folder}/empty")
    return _tree(folder)


def _renamed_over_full(folder):
    _made(folder)
    os.makedirs(f"{folder}/full/x")
    os.rename(f"{folder}/from", f"{folder}/full")


def _renamed_into_itself(folder):
    os.rename(_made(folder), f"{folder}/from/deep/below")


def _truncated(folder):
    _write(f"{folder}/f", b"0123456789")
    os.truncate(f"{folder}/f", 4)
    with open(f"{folder}/f", "r+b") as file:
        file.truncate(6)
        os.ftruncate(file.fileno(), 5)
    return [_read(f"{folder}/f"), os.stat(f"{folder}/f").st_size]


def _sparse(folder):
    with open(f"{folder}/f", "wb") as file:
        file.seek(100_000)
        file.write(b"x")
    return [os.path.getsize(f"{folder}/f"), _read(f"{folder}/f").count("\0")]


def _appended(folder):
    with open(f"{folder}/f", "ab") as one, open(f"{folder}/f", "ab") as other:
        for number in range(4):
            file = one if number % 2 else other
            file.write(b"%d" % number)
            file.flush()
    return _read(f"{folder}/f")


def _times(folder):
    _write(f"{folder}/f")
    os.utime(f"{folder}/f", ns=_TIMES)
    found = os.stat(f"{folder}/f")
    shutil.copy2(f"{folder}/f", f"{folder}/g")
    return [found.st_atime_ns, found.st_mtime_ns, os.stat(f"{folder}/g").st_mtime_ns]


def _identity(folder):
    _write(f"{folder}/f")
    _write(f"{folder}/g")
    with open(f"{folder}/f", "rb") as file:
        by_descriptor = os.fstat(file.fileno())
    before = os.stat(f"{folder}/f")
    os.rename(f"{folder}/f", f"{folder}/moved")
    after = os.stat(f"{folder}/moved")
    return [
        os.path.samestat(before, by_descriptor),
        os.path.samestat(before, after),
        os.path.samefile(f"{folder}/g", f"{folder}/./g"),
        os.path.samefile(f"{folder}/g", f"{folder}/moved"),
        before.st_nlink,
        before.st_uid == os.getuid(),
    ]


def _modes(folder):
    os.umask(0o022)
    _write(f"{folder}/f")
    os.mkdir(f"{folder}/d")
    return [_bits(f"{folder}/f"), _bits(f"{folder}/d"), os.umask(0o022)]


def _changed_modes(folder):
    _write(f"{folder}/f")
    os.chmod(f"{folder}/f", 0o600)
    with open(f"{folder}/f", "rb") as file:
        os.fchmod(file.fileno(), 0o640)
        os.chmod(file.fileno(), 0o640)
    os.chown(f"{folder}/f", os.getuid(), -1)
    return _bits(f"{folder}/f")


def _masked(folder):
    before = os.umask(0o077)
    try:
        _write(f"{folder}/f")
        os.mkdir(f"{folder}/d")
        os.close(os.open(f"{folder}/g", os.O_CREAT | os.O_WRONLY, 0o755))
    finally:
        os.umask(before)
    return [_bits(f"{folder}/{name}") for name in "fdg"]


def _closed(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    os.close(descriptor)
    calls = (os.fstat, os.fsync, os.close, lambda fd: os.lseek(fd, 0, 0), lambda fd: os.read(fd, 1))
    return [_attempt(call, descriptor) for call in calls]


def _undecodable_name(folder):
    _write(f"{folder}/\udcff")
    return [ascii(os.listdir(folder)), os.path.exists(f"{folder}/\udcff"), os.path.exists(f"{folder}/\udcfe")]


def _access(folder):
    _write(f"{folder}/f")
    asked = (os.F_OK, os.R_OK, os.W_OK, os.X_OK)
    return [[os.access(path, mode) for mode in asked] for path in (folder, f"{folder}/f", f"{folder}/none")]


def _symbolic_link(folder):
    _write(f"{folder}/f")
    os.symlink("f", f"{folder}/link")
    link = os.lstat(f"{folder}/link")
    return [os.readlink(f"{folder}/link"), stat.S_ISLNK(link.st_mode), _read(f"{folder}/link")]


def _hard_link(folder):
    _write(f"{folder}/f")
    os.link(f"{folder}/f", f"{folder}/g")
    return [os.stat(f"{folder}/f").st_nlink, os.path.samefile(f"{folder}/f", f"{folder}/g")]


def _scanned(folder):
    _made(folder)
    _write(f"{folder}/f")
    with os.scandir(folder) as entries:
        return sorted([entry.name, entry.is_dir(), entry.is_file(), entry.is_symlink()] for entry in entries)


def _copied_tree(folder):
    shutil.copytree(_made(folder), f"{folder}/to")
    shutil.copytree(f"{folder}/from", f"{folder}/to", dirs_exist_ok=True)
    return _tree(f"{folder}/to")


def _copied(folder):
    _write(f"{folder}/f", b"x" * 100_000)
    for copy in (shutil.copy, shutil.copy2, shutil.copyfile):
        copy(f"{folder}/f", f"{folder}/{copy.__name__}")
    shutil.copymode(f"{folder}/f", f"{folder}/copy")
    return [os.path.getsize(f"{folder}/{name}") for name in sorted(os.listdir(folder))]


def _moved(folder):
    os.mkdir(f"{folder}/into")
    shutil.move(_made(folder), f"{folder}/into")
    return _tree(folder)


def _moved_to_tmp(folder):
    with tempfile.TemporaryDirectory() as other:
        shutil.move(_made(folder), f"{other}/to")
        shutil.move(f"{other}/to", f"{folder}/back")
    return _tree(folder)


def _removed_tree(folder):
    shutil.rmtree(_made(folder))
    return os.listdir(folder)


def _archives(folder):
    _made(folder)
    found = {}
    for kind in ("zip", "tar", "gztar"):
        name = shutil.make_archive(f"{folder}/archive", kind, f"{folder}/from")
        shutil.unpack_archive(name, f"{folder}/{kind}")
        found[os.path.basename(name)] = _tree(f"{folder}/{kind}")
    return found


def _zipped(folder):
    with zipfile.ZipFile(f"{folder}/z.zip", "w") as archive:
        archive.writestr("a/b.txt", "b")
        archive.write(__file__, "own.py")
    with zipfile.ZipFile(f"{folder}/z.zip", "a") as archive:
        archive.writestr("c.txt", "c")
        archive.extractall(f"{folder}/out")
    return _tree(f"{folder}/out")


def _tarred(folder):
    _made(folder)
    with tarfile.open(f"{folder}/t.tar", "w") as archive:
        archive.add(f"{folder}/from", "from")
    with tarfile.open(f"{folder}/t.tar") as archive:
        archive.extractall(f"{folder}/out", filter="data")
        return [archive.getnames(), _tree(f"{folder}/out")]


def _temporary(folder):
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"text")
        file.seek(0)
        nameless = [file.read().decode(), os.listdir(folder)]
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        named = os.path.exists(file.name)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as kept:
        kept.write(b"kept")
    left = _read(kept.name)
    os.unlink(kept.name)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        _write(f"{made}/f")
    with tempfile.SpooledTemporaryFile(max_size=4, dir=folder) as file:
        file.write(b"more than four")
        file.seek(0)
        spooled = file.read().decode()
    return [nameless, named, left, spooled, os.listdir(folder)]


def _private(folder):
    descriptor, path = tempfile.mkstemp(dir=folder)
    os.close(descriptor)
    return [_bits(path), _bits(tempfile.mkdtemp(dir=folder))]


def _paths(folder):
    root = pathlib.Path(_made(folder))
    (root / "touched").touch()
    return [
        sorted(str(path.relative_to(root)) for path in root.rglob("*")),
        sorted(os.path.relpath(path, root) for path in glob.glob(f"{root}/**/*.txt", recursive=True)),
        (root / "deep" / ".." / "a.txt").resolve() == (root / "a.txt").resolve(),
        root.exists(),
        root.is_dir(),
        (root / "none").exists(),
    ]


def _errors(folder):
    _write(f"{folder}/f")
    os.mkdir(f"{folder}/d")
    _write(f"{folder}/d/x")
    calls = {
        "open none": lambda: _opened(f"{folder}/none"),
        "open folder": lambda: _opened(f"{folder}/d"),
        "open below a file": lambda: _opened(f"{folder}/f/x"),
        "exclusive": lambda: _opened(f"{folder}/f", "x"),
        "mkdir": lambda: os.mkdir(f"{folder}/d"),
        "mkdir deep": lambda: os.mkdir(f"{folder}/a/b"),
        "rmdir full": lambda: os.rmdir(f"{folder}/d"),
        "rmdir file": lambda: os.rmdir(f"{folder}/f"),
        "unlink none": lambda: os.unlink(f"{folder}/none"),
        "unlink folder": lambda: os.unlink(f"{folder}/d"),
        "list file": lambda: os.listdir(f"{folder}/f"),
        "rename none": lambda: os.rename(f"{folder}/none", f"{folder}/x"),
        "file over folder": lambda: os.rename(f"{folder}/f", f"{folder}/d"),
        "folder over file": lambda: os.rename(f"{folder}/d", f"{folder}/f"),
        "readlink": lambda: os.readlink(f"{folder}/f"),
        "chmod none": lambda: os.chmod(f"{folder}/none", 0o600),
        "statvfs none": lambda: os.statvfs(f"{folder}/none"),
        "long name": lambda: _opened(f"{folder}/{'x' * 300}", "w"),
    }
    return {name: _attempt(call) for name, call in calls.items()}


def _space(folder):
    usage = shutil.disk_usage(folder)
    with open(f"{folder}/f", "wb") as file:
        same = os.fstatvfs(file.fileno()).f_frsize == os.statvfs(folder).f_frsize
    return [0 < usage.free <= usage.total, usage.used + usage.free <= usage.total, same]


def _by_descriptor(folder):
    _made(folder)
    at = os.open(folder, os.O_RDONLY)
    try:
        os.mkdir("d", dir_fd=at)
        os.close(os.open("d/f", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=at))
        os.rename("d/f", "g", src_dir_fd=at, dst_dir_fd=at)
        os.chmod("g", 0o644, dir_fd=at)
        found = [os.stat("g", dir_fd=at).st_size, os.access("g", os.W_OK, dir_fd=at)]
        os.unlink("g", dir_fd=at)
        os.rmdir("d", dir_fd=at)
    finally:
        os.close(at)
    return [found, _tree(folder)]


def _changed_directory(folder):
    before = os.getcwd()
    os.chdir(folder)
    try:
        _write("here")
        os.chmod("here", 0o644)
        return [
            os.listdir(),
            os.path.getsize("../" + os.path.basename(folder) + "/here"),
            os.statvfs(".").f_bsize > 0,
        ]
    finally:
        os.chdir(before)


def _owner(folder):
    path = pathlib.Path(folder)
    import grp
    import pwd

    return [
        pwd.getpwuid(os.getuid()).pw_name == path.owner(),
        grp.getgrgid(os.getgid()).gr_name == path.group(),
        _attempt(lambda: pwd.getpwnam("no such user")),
        os.path.expanduser("~") == str(pathlib.Path.home()),
    ]


def _attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode.get(error.errno)}"
    except Exception as error:
        return type(error).__name__


def outcomes(base):
    """Gives what each operation came to, below a folder that is there and can be written to."""
    found = {}
    for name, operation in OPERATIONS.items():
        folder = os.path.join(base, name)
        os.mkdir(folder)
        found[name] = _attempt(operation, folder)
        shutil.rmtree(folder, ignore_errors=True)
    return found


OPERATIONS = {
    name[1:]: value
    for name, value in list(globals().items())
    if name.startswith("_")
    and getattr(value, "__code__", None)
    and value.__code__.co_varnames[:1] == ("folder",)
}
for helper in ("tree", "made"):
    del OPERATIONS[helper]
OPERATIONS |= {name: value for name, value in vars(descriptors).items() if name[0] != "_" and callable(value)}

if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(outcomes(sys.argv[1])))
