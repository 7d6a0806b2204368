"""Byte code with and without columns."""

import ast
import dis
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import warnings
from types import CodeType

from wasgi_guest.precompile import precompile, without_columns, without_docstrings

SOURCE = """
'The module.'


@staticmethod
def far(
    a,
    b=lambda x: [y for y in x if y],
):
    with open(a) as file:
        for line in file:
            yield line, (
                b(line)
                +
                a
            )

FAR_BELOW
class Late(far and object):
    field: int = 1

    async def go(self):
        try:
            return {key: await value async for key, value in self}
        finally:
            del self.field
""".replace("FAR_BELOW", "\n" * 300)


class Warned(unittest.TestCase):
    def test_of_the_applications_syntax_and_not_of_packages(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
            file.write("SAME = 1 is 1\n")
            file.flush()
            for packages, expected in (("/elsewhere/", 1), (tempfile.gettempdir(), 0)):
                with (
                    unittest.mock.patch("wasgi_guest.precompile.PACKAGES", packages),
                    warnings.catch_warnings(record=True) as seen,
                ):
                    warnings.simplefilter("always")
                    precompile([(file.name, True)], docstrings=True)
                self.assertEqual(len(seen), expected)


def codes(code: CodeType):
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from codes(value)


class Docstrings(unittest.TestCase):
    def test_they_go_and_everything_else_stays(self):
        source = (
            '"""Of the module."""\nfrom __future__ import annotations\n"no docstring"\n'
            'class Kind:\n    """Of a class."""\n    async def go(self):\n        "Of a method."\n'
            '        "Another."\n'
            '        assert False, "kept"\ndef text():\n    return "kept"\ndef nothing(): "only this"\n'
        )
        names = {}
        exec(compile(without_docstrings(ast.parse(source)), "/app/app.py", "exec"), names)
        documented = (names["Kind"], names["Kind"].go, names["text"], names["nothing"])
        self.assertEqual([names.get("__doc__"), *(it.__doc__ for it in documented)], [None] * 5)
        self.assertEqual((names["text"](), names["nothing"]()), ("kept", None))
        with self.assertRaisesRegex(AssertionError, "kept"):
            names["Kind"]().go().send(None)
        self.assertEqual(names["text"].__code__.co_firstlineno, 10)


class Columns(unittest.TestCase):
    def setUp(self):
        self.whole = compile(SOURCE, "/app/app.py", "exec")

    def test_lines_stay_and_columns_go(self):
        pairs = list(zip(codes(self.whole), codes(without_columns(self.whole)), strict=True))
        self.assertGreater(len(pairs), 4)
        for whole, bare in pairs:
            self.assertEqual(list(whole.co_lines()), list(bare.co_lines()))
            columns = {position[2:] for position in bare.co_positions()}
            self.assertEqual(columns, {(None, None)})
            self.assertLess(len(bare.co_linetable), len(whole.co_linetable))
            self.assertEqual(whole.co_code, bare.co_code)

    def test_lines_are_those_of_an_interpreter_without_columns(self):
        show = "import sys, dis; print([*dis.findlinestarts(compile(sys.stdin.read(), '', 'exec'))])"
        command = [sys.executable, "-I", "-X", "no_debug_ranges", "-c", show]
        told = subprocess.run(command, input=SOURCE, capture_output=True, text=True, check=True).stdout
        self.assertEqual(told.strip(), str(list(dis.findlinestarts(without_columns(self.whole)))))
