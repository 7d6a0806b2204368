"""Processes of this machine, read from /proc."""

from pathlib import Path


def family(pid: int) -> list[int]:
    """The process and all its descendants that live."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            children.setdefault(int(stat(folder)[1]), []).append(int(folder.name))
        except OSError:
            continue  # It has ended meanwhile.
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def stat(folder: Path) -> list[str]:
    """The fields after the command's name, which may hold anything: proc_pid_stat(5), from the third on."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
