"""The module `readline` (docs.python.org/3/library/readline.html) for a sandbox, which has no terminal.

It keeps the history and the settings, but reads no lines.
"""

import os

backend = "readline"
_DELIMITERS = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?"
_FILE = "~/.history"
_history: list[str] = []
_settings = {"completer": None, "delimiters": _DELIMITERS, "length": -1}


def _path(filename) -> str:
    return os.fspath(filename) if filename is not None else os.path.expanduser(_FILE)


def read_history_file(filename=None, /):
    with open(_path(filename), encoding="utf-8") as file:
        _history.extend(file.read().splitlines())


def write_history_file(filename=None, /):
    length = _settings["length"]
    lines = _history if length < 0 else _history[len(_history) - min(length, len(_history)) :]
    with open(_path(filename), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def append_history_file(nelements, filename=None, /):
    with open(_path(filename), "a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in _history[len(_history) - min(nelements, len(_history)) :])


def add_history(string, /):
    _history.append(string)


def clear_history():
    _history.clear()


def get_current_history_length():
    return len(_history)


def get_history_item(index, /):
    return _history[index - 1] if 1 <= index <= len(_history) else None


def remove_history_item(pos, /):
    if not 0 <= pos < len(_history):
        raise ValueError(f"No history item at position {pos}")
    del _history[pos]


def replace_history_item(pos, line, /):
    if not 0 <= pos < len(_history):
        raise ValueError(f"No history item at position {pos}")
    _history[pos] = line


def get_history_length():
    return _settings["length"]


def set_history_length(length, /):
    _settings["length"] = length


def get_completer():
    return _settings["completer"]


def set_completer(function=None, /):
    _settings["completer"] = function


def get_completer_delims():
    return _settings["delimiters"]


def set_completer_delims(string, /):
    _settings["delimiters"] = string


def get_line_buffer():
    return ""


def get_begidx():
    return 0


def get_endidx():
    return 0


def get_completion_type():
    return 0


def insert_text(string, /):
    pass


def redisplay():
    pass


def parse_and_bind(string, /):
    pass


def read_init_file(filename=None, /):
    pass


def set_auto_history(enabled, /):
    pass


def set_completion_display_matches_hook(function=None, /):
    pass


def set_pre_input_hook(function=None, /):
    pass


def set_startup_hook(function=None, /):
    pass
