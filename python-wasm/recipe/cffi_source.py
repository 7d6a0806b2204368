"""Packages over cffi: the C of their extension module, which cffi writes from their description of a library.

That description is a Python script of the package, which runs on the building machine as its build would.
"""

from . import bindings
from .base import run
from .cpython import build_python_path


def write(build, how, work):
    """Has cffi write `writes` from the script, by the section `c.cffi` of the package's file."""
    words = ["-m", "cffi.gen_src", "exec-python", "--ffi-var", how["ffi"], how["script"], how["writes"]]
    env = {"PYTHONPATH": str(bindings.wheels(build, how["wheel"], work))}
    run([build_python_path(build), *words], cwd=work, log=build.log, env=env)
