"""The step `smoke`: the WASI Python as a command under wasmtime; every promised module must import and work.

Leaves `modules.json` in the output folder and prints the table.
"""

import json
import subprocess
from pathlib import Path

from .base import ROOM, RecipeError, run, write_atomically
from .runner import build_runner
from .version import STDLIB

HERE = Path(__file__).resolve().parent
# Opening a browser or drawing windows is not what a served application imports.
NOT_TRIED = {"antigravity", "this", "idlelib", "tkinter", "turtle", "turtledemo", "ensurepip", "venv", "test"}
PROMISED = (ROOM / "promised.txt").read_text().split("\n", 1)[1].split()


def smoke(build, folder):
    output = build.output()
    runner = build_runner(build)
    command = [
        runner,
        link(build, folder),
        output / "stdlib",
        STDLIB,
        "-c",
        (HERE / "probe.py").read_text(),
    ]
    about = ask(command, [])[0]
    others = [name for name in about["names"] if not name.startswith("_") and name not in NOT_TRIED]
    names = list(dict.fromkeys([*PROMISED, *others]))
    told = ask_all(command, [*names, *(f"job:{job}" for job in [*about["jobs"], *about["limits"]])])
    table = table_of(about, told)
    write_atomically(output / "modules.json", json.dumps(table, indent=1) + "\n")
    show(build, table)
    judge(about, table)


def link(build, folder):
    """A command instead of a reactor; otherwise linked as toolchain.json says, which proves that file too."""
    tools = json.loads((build.output() / "toolchain.json").read_text())
    flags = [flag for flag in tools["ldflags"] if not flag.startswith("-mexec-model")]
    product = folder / "python.wasm"
    run(
        [*tools["cc"], *flags, build.folder("python") / "python.o", *tools["libs"], "-o", product],
        cwd=folder,
        log=build.log,
    )
    return product


def ask(command, names):
    """What the probe told about these names, and of what it died if it did."""
    done = subprocess.run([*map(str, command), *names], capture_output=True, text=True, check=False)
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
        names = names[at + 1 :]
    return results


def table_of(about, told):
    modules = [
        {
            "name": line["module"],
            "ok": "reason" not in line,
            "promised": line["module"] in PROMISED,
            **{field: line[field] for field in ("kind", "reason") if field in line},
        }
        for line in told
        if "module" in line
    ]
    jobs = [
        {
            "name": line["job"],
            "ok": "reason" not in line,
            "promised": line["job"] in about["jobs"],
            "reason": line.get("reason", ""),
        }
        for line in told
        if "job" in line
    ]
    return {"python": about["version"], "builtin": about["builtin"], "modules": modules, "jobs": jobs}


def show(build, table):
    for kind, what in (("builtin", "in C"), ("frozen", "frozen"), ("file", "from files")):
        names = [module["name"] for module in table["modules"] if module.get("kind") == kind]
        build.tell(f"ok, {what} ({len(names)}): {' '.join(names)}")
    for kind in ("modules", "jobs"):
        for entry in table[kind]:
            if kind == "jobs" or not entry["ok"]:
                line = f"{state_of(entry):<7} {kind[:-1]:<6} {entry['name']:<18} {entry.get('reason', '')}"
                build.tell(line.rstrip())


def state_of(entry):
    if entry["ok"]:
        return "ok"
    return "FAILED" if entry["promised"] else "missing"


def judge(about, table):
    """A promise that is not kept stops the build."""
    entries = [*table["modules"], *table["jobs"]]
    told = {entry["name"] for entry in entries}
    broken = [entry["name"] for entry in entries if state_of(entry) == "FAILED"]
    broken += [name for name in [*PROMISED, *about["jobs"]] if name not in told]
    if broken:
        raise RecipeError(f"Promised, and not kept: {', '.join(broken)}. The table above says why.")
