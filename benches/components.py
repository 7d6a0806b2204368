"""Builds the benchmarks' applications with wasgi, into `target/bench/wasgi/`. A part of `just micro`."""

import subprocess
import sys

from peers import HERE, apps, built_by_wasgi


def main() -> None:
    subprocess.run([sys.executable, HERE / "apps/django_query/make_database.py"], check=True)
    for app in apps():
        built_by_wasgi(app)


if __name__ == "__main__":
    main()
