"""Builds the benchmarks' applications with wasgi, into `target/bench/wasgi/`. A part of `just micro`."""

from peers import apps, built_by_wasgi, make_databases


def main() -> None:
    make_databases()
    for app in apps():
        built_by_wasgi(app)


if __name__ == "__main__":
    main()
