"""What is done behind a request: a queue in a file that requests and the worker share."""

from pathlib import Path

from huey import SqliteHuey

DATA = Path(__file__).parent / "data"
huey = SqliteHuey(filename=DATA / "queue.db", journal_mode="delete")


@huey.task()
def write_letter(name):
    """Takes a while, as it does in life."""
    (DATA / f"{name}.txt").write_text(f"Dear {name}\n")
