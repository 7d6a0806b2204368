"""`python -m wasgi`: runs the command `wasgi` that came with this module."""

import os
import sys
import sysconfig


def places():
    """Where installers put commands: of this environment, of a user, beside packages (`--target`)."""
    yield sysconfig.get_path("scripts")
    yield sysconfig.get_path("scripts", "posix_user")
    yield os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin")


def main():
    for folder in places():
        command = os.path.join(folder, "wasgi")
        if os.access(command, os.X_OK) and os.path.isfile(command):
            try:
                os.execv(command, [command, *sys.argv[1:]])
            except OSError as error:
                sys.exit(
                    f"wasgi: error: {command} does not start ({error.strerror}): it is for Linux with glibc; "
                    "docs/guide/deploy.md in wasgi's sources has the cure"
                )
    looked = ", ".join(places())
    sys.exit(
        "wasgi: error: the module is installed without its command `wasgi`, looked for in "
        f"{looked}: install it again with `{sys.executable} -m pip install --force-reinstall wasgi`"
    )


if __name__ == "__main__":
    main()
