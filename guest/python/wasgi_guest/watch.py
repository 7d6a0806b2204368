"""Watches the application's import for values that a snapshot freezes and operations that a sandbox refuses.

It must leave no trace in the snapshot: it uses no profiling or tracing, which marks every code object, and
restores everything that it overrides.
"""

import gc
import io
import os

from . import blame, inert, reads
from .errors import LoadError
from .explain import how_to_grant
from .generators import Overrides, living
from .late import AfterImport
from .numpy_generators import Seeds
from .opened import Opened

_MEANINGS = {
    "entropy": "the same in every request, and in the file; draw it in the request, or take it from the "
    "environment in a function given to wasgi.after_restore",
    "variable": "{} is not set at import, and what stands for it is baked in; read it in the request, or in "
    "a function given to wasgi.after_restore",
    "several": "{} are not set at import, and what stands for them is baked in; read them in the request, or "
    "in a function given to wasgi.after_restore",
    "variables": "all that is granted is there only in requests; read it there, or in a function given to "
    "wasgi.after_restore",
    "clock": "the time of the build, the same in every request",
    "open": "stays open; every request goes on where the import left off",
    "missing": "not there at import; what is granted to the import is: --dir of `wasgi run`, --build-dir of "
    "`wasgi build`",
    "write": "refused: files are read-only, but for /tmp in the sandbox's own memory; log to stderr",
    "socket": "refused: a sandbox has no network",
    "process": "refused: a sandbox has no processes",
}

# The same kinds, as actions of a request.
_DEEDS = {
    "entropy": "draws random numbers",
    "variable": "reads a variable that is not set",
    "variables": "reads all variables",
    "setting": "reads a variable that is not set",
    "clock": "reads the clock",
    "open": "leaves a file open",
    "missing": "looks for what is not there",
    "write": "writes to files",
    "socket": "opens sockets",
    "process": "starts processes",
}

# Harmless draws, by file and function: every request reseeds a generator that seeds itself, and names of
# temporary files stay within the request's own memory.
_HARMLESS_DRAWS = {"tempfile.py": None, "random.py": "seed"}
# Files of packages that probe for a feature and handle the refusal.
_HARMLESS_FILES = ("urllib3/util/connection.py", "passlib/utils/__init__.py")
# Like reads.WAYS, for the clock and for files.
_READS_CLOCK = frozenset({"datetime.py", "email/utils.py", "uuid.py"})
_OPENS_FILES = frozenset(
    {"io.py", "codecs.py", "pathlib/__init__.py", "pathlib/_local.py", "pathlib/_abc.py"}
)

# Without WASI's bit for reading, which is part of O_RDWR.
_WRITING = (os.O_WRONLY | os.O_RDWR) & ~os.O_RDONLY

_AUDITED = {
    "socket.connect": "socket",
    "socket.bind": "socket",
    "socket.sendto": "socket",
}


class Watch:
    """A context that watches imports; `listen` and `is_granted` are `_wasgi`'s."""

    def __init__(self, listen, is_granted=lambda path: False, seeds=None):
        self._listen = listen
        self._is_granted = is_granted
        # Those of numpy's generators.
        self._seeds = seeds or Seeds()
        # Details for the notices, by kind and callsite.
        self._found: dict[tuple, list[str]] = {}
        # The modules whose import has done something.
        self.busy: set[str] = set()
        # The callsites that opened files, by absolute path.
        self.opened: dict[str, blame.Place] = {}
        self._overrides = Overrides(self._drawn)
        self._late = AfterImport({"random": self._overrides.install, "subprocess": self._watch_processes})
        self._originals = []

    def __enter__(self):
        self._late.install()
        self._watch_variables()
        self._listen(self._heard)
        return self

    def __exit__(self, *_):
        self._listen(None)
        self._overrides.remove()
        for owner, name, value in self._originals:
            setattr(owner, name, value)
        self._originals.clear()
        self._late.remove()

    def generators(self) -> list:
        """Returns the random generators to reseed in every request."""
        return living(self._overrides.seeded)

    def report(self) -> dict:
        """Returns `warnings` (draws of entropy, with their modules) and `notes`."""
        self._find_open_files()
        for place in self._seeds.spent():
            self._note("entropy", place)
        drawn = {(place.file, place.line) for kind, place in self._found if kind == "entropy"}
        warnings, notes = [], []
        for (kind, place), details in self._found.items():
            if kind not in _MEANINGS:
                continue
            text = f"{place}: {_meaning(kind, details)}."
            if kind == "entropy":
                warnings.append({"module": place.module, "text": text})
            elif (place.file, place.line) not in drawn and text not in notes:
                # A time-based UUID also reads the clock and looks for a network card: one notice is enough.
                notes.append(text)
        return {"warnings": warnings, "notes": notes}

    def deeds(self) -> dict[str, str]:
        """Returns the findings as actions of a request, with their kinds."""
        self._find_open_files()
        return {f"{_DEEDS[kind]} ({place})": kind for kind, place in self._found}

    def _heard(self, event: str, arguments) -> None:
        """Called from C (guest/src/watch.c). An exception aborts the operation, if it is audited."""
        if event == "wasgi.entropy":
            # The native code that there is for sandboxes draws seeds of hash tables there, and nothing else.
            if not (self._seeds.is_drawing or blame.initialises_native_code()):
                self._drawn()
        elif event == "wasgi.time":
            self._asked("clock", _READS_CLOCK)
        elif event == "open":
            self._open(*arguments)
        elif event == "sqlite3.connect":
            self._connect(arguments[0])
        elif event in _AUDITED:
            self._note(_AUDITED[event], blame.find())

    def _drawn(self) -> None:
        self._note("entropy", blame.find(_is_harmless_draw))

    def _note(self, kind: str, place: blame.Place | None, detail: str = "") -> None:
        if place is None or place.file.endswith(_HARMLESS_FILES):
            return
        self.busy.update(blame.being_imported())
        details = self._found.setdefault((kind, place), [])
        if detail not in details:
            details.append(detail)

    def _asked(self, kind: str, ways: frozenset[str]) -> None:
        if blame.asker(ways) is not None:
            self._note(kind, blame.find())

    def _open(self, path, mode, flags) -> None:
        path = inert.path(path)
        if path is None or not inert.is_exactly(flags, int):
            return
        path = os.path.abspath(path)
        if flags & _WRITING or set(inert.text(mode) or "").intersection("wax+"):
            if not path.startswith("/tmp/") and not self._is_granted(path):
                self._note("write", blame.find())
                return
        elif not os.path.exists(path):
            self._asked("missing", _OPENS_FILES)
            return
        place = blame.find()
        if place is not None:
            self.opened[path] = place

    def _connect(self, database) -> None:
        path = inert.path(database)
        if path is not None:
            _check_database(path)
            Opened(self.opened).note(path)

    def _find_open_files(self) -> None:
        for value in gc.get_objects():
            if issubclass(type(value), io.FileIO) and not io.FileIO.closed.__get__(value):
                path = inert.path(inert.entry(inert.names(value), "name"))
                path = os.path.abspath(path) if path else None
                # Each request reopens granted files (wasgi_guest/held.py).
                if path is None or not self._is_granted(path):
                    self._note("open", self.opened.get(path))

    def _override(self, owner, name: str, value) -> None:
        self._originals.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def _watch_processes(self, subprocess) -> None:
        kind = inert.entry(inert.names(subprocess), "Popen")
        if not inert.is_plain_class(kind) or inert.label(kind) != "subprocess.Popen":
            # A module or class of the application by this name.
            return
        start = kind.__init__

        def watched(*args, **kwargs):
            self._note("process", blame.find())
            start(*args, **kwargs)

        self._override(kind, "__init__", watched)

    def _watch_variables(self) -> None:
        kind = os._Environ
        get, each = kind.__getitem__, kind.__iter__

        def watched_get(environ, name):
            try:
                return get(environ, name)
            except KeyError:
                if (variable := inert.path(name)) is not None:
                    self._read(variable)
                raise

        def watched_each(environ):
            self._read(None)
            return each(environ)

        def watched_default(environ, name, value):
            # Not a read: it sets the value in case the host grants none.
            try:
                return get(environ, name)
            except KeyError:
                environ[name] = value
            return value

        self._override(kind, "__getitem__", watched_get)
        self._override(kind, "__iter__", watched_each)
        self._override(kind, "setdefault", watched_default)

    def _read(self, variable: str | None) -> None:
        kind = reads.kind(variable)
        if kind is not None:
            self._note(kind, blame.find(), variable or "")


def _meaning(kind: str, details: list[str]) -> str:
    *others, last = details
    if kind == "variable" and others:
        return _MEANINGS["several"].format(f"{', '.join(others)} and {last}")
    return _MEANINGS[kind].format(last)


def _is_harmless_draw(code) -> bool:
    file = blame.stdlib_name(code.co_filename)
    return file in _HARMLESS_DRAWS and _HARMLESS_DRAWS[file] in {None, code.co_name}


def _check_database(path: str) -> None:
    """Refuses a database in a missing directory: SQLite's error would not name the directory."""
    name = path.removeprefix("file:").partition("?")[0]
    folder = os.path.dirname(os.path.abspath(name))
    if name in {"", ":memory:"} or os.path.isdir(folder):
        return
    place = blame.find()
    where = f"{place}: there" if place else "There"
    raise LoadError(
        f"{where} is no directory {folder} at import. {how_to_grant(folder)} Or connect in the request, or "
        "in a function given to wasgi.after_restore."
    )
