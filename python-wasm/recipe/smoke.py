"""The step `smoke`: the WASI Python as a command under wasmtime; every promised module must import and work.

Leaves `modules.json` in the output folder and prints the table.
"""

import json
import subprocess
from pathlib import Path

from .base import REPOSITORY, RecipeError, run, write_atomically

HERE = Path(__file__).resolve().parent
# Opening a browser or drawing windows is not what a served application imports.
NOT_TRIED = {"antigravity", "this", "idlelib", "tkinter", "turtle", "turtledemo", "ensurepip", "venv", "test"}
PROMISED = """
abc argparse array ast asyncio atexit base64 binascii bisect bz2 calendar cmath codecs collections collections.abc
colorsys concurrent.futures configparser contextlib contextvars copy csv dataclasses datetime decimal difflib dis
email email.message email.mime.multipart email.policy email.utils enum errno fnmatch fractions functools gc gettext
glob graphlib gzip hashlib heapq hmac html html.parser http http.client http.cookies http.server importlib
importlib.metadata importlib.resources inspect io ipaddress itertools json keyword linecache locale logging
logging.config logging.handlers lzma marshal math mimetypes numbers operator os pathlib pickle pkgutil platform
posixpath pprint pyexpat queue quopri random re reprlib sched secrets select selectors shelve shlex shutil signal
socket socketserver sqlite3 stat statistics string struct subprocess sys sysconfig tarfile tempfile textwrap threading
time timeit tokenize tomllib traceback types typing tzdata unicodedata unittest unittest.mock urllib.error
urllib.parse urllib.request urllib.robotparser uuid warnings weakref wsgiref wsgiref.simple_server wsgiref.validate
xml.dom.minidom xml.etree.ElementTree xml.sax xmlrpc.client zipfile zipimport zlib zoneinfo
_bz2 _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _datetime _decimal _elementtree _json
_lzma _pickle _sha2 _socket _sqlite3 _struct _zoneinfo
""".split()
JOBS = ["round_trips", "database", "time_zones", "numbers", "digests", "build_variables", "shown_paths", "documents",
        "concurrency", "deep_recursion"]


def smoke(build, folder):
    output = build.output()
    runner = build_runner(build)
    command = [runner, link(build, folder), output / "stdlib", "/lib/python3.13", "-c",
               (HERE / "probe.py").read_text()]
    about = ask(command, [])[0]
    others = [name for name in about["names"] if not name.startswith("_") and name not in NOT_TRIED]
    names = list(dict.fromkeys([*PROMISED, *others]))
    told = ask_all(command, [*names, *(f"job:{job}" for job in JOBS)])
    table = table_of(about, told)
    write_atomically(output / "modules.json", json.dumps(table, indent=1) + "\n")
    show(build, table)
    judge(table)


def build_runner(build):
    """The wasmtime command of the workspace; cargo tells where it put it."""
    argv = ["cargo", "build", "--release", "--manifest-path", REPOSITORY / "Cargo.toml", "-p", "wasgi-python-smoke"]
    run(argv, cwd=REPOSITORY, log=build.log)
    told = subprocess.run([*map(str, argv), "--message-format=json"], cwd=REPOSITORY, capture_output=True, text=True)
    lines = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
    return next(line["executable"] for line in lines if line.get("executable"))


def link(build, folder):
    """A command instead of a reactor; otherwise linked as toolchain.json says, which proves that file too."""
    tools = json.loads((build.output() / "toolchain.json").read_text())
    flags = [flag for flag in tools["ldflags"] if not flag.startswith("-mexec-model")]
    product = folder / "python.wasm"
    run([*tools["cc"], *flags, build.folder("python") / "python.o", *tools["libs"], "-o", product], cwd=folder,
        log=build.log)
    return product


def ask(command, names):
    """What the probe told about these names, and of what it died if it did."""
    done = subprocess.run([*map(str, command), *names], capture_output=True, text=True)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not told:
        raise RecipeError(f"The WASI Python does not start:\n{done.stderr[-3000:]}")
    if "trying" in told[-1]:
        last = (done.stderr.strip().splitlines() or ["no message"])[0]
        told.append({"died": told[-1]["trying"], "reason": f"the sandbox died: {last}"})
    return told


def ask_all(command, names):
    """Asks about all names, going on behind one that kills the sandbox."""
    results = []
    while names:
        told = ask(command, names)
        results += [line for line in told if "trying" not in line and "version" not in line]
        if "died" not in told[-1]:
            return results
        dead = told[-1]["died"]
        at = next(n for n, name in enumerate(names) if name in (dead, f"job:{dead}"))
        results[-1]["job" if names[at].startswith("job:") else "module"] = dead
        names = names[at + 1:]
    return results


def table_of(about, told):
    modules = [
        {"name": line["module"], "ok": "reason" not in line, "promised": line["module"] in PROMISED,
         **{field: line[field] for field in ("kind", "reason") if field in line}}
        for line in told if "module" in line
    ]
    jobs = [{"name": line["job"], "ok": "reason" not in line, **({"reason": line["reason"]} if "reason" in line else {})}
            for line in told if "job" in line]
    return {"python": about["version"], "builtin": about["builtin"], "modules": modules, "jobs": jobs}


def show(build, table):
    for kind, what in (("builtin", "in C"), ("frozen", "frozen"), ("file", "from files")):
        names = [module["name"] for module in table["modules"] if module.get("kind") == kind]
        build.tell(f"ok, {what} ({len(names)}): {' '.join(names)}")
    for module in table["modules"]:
        if not module["ok"]:
            build.tell(f"{'FAILED' if module['promised'] else 'missing'}  {module['name']:<16} {module['reason']}")
    for job in table["jobs"]:
        build.tell(f"{'ok     ' if job['ok'] else 'FAILED '} job {job['name']:<16} {job.get('reason', '')}".rstrip())


def judge(table):
    """A promise that is not kept stops the build."""
    told = {entry["name"] for entry in [*table["modules"], *table["jobs"]]}
    broken = [entry["name"] for entry in table["modules"] if entry["promised"] and not entry["ok"]]
    broken += [entry["name"] for entry in table["jobs"] if not entry["ok"]]
    broken += [name for name in [*PROMISED, *JOBS] if name not in told]
    if broken:
        raise RecipeError(f"Promised, and not kept: {', '.join(broken)}. The table above says why.")
