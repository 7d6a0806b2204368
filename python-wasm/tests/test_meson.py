"""What a build by Meson is told, and what is taken of it."""

import ast
import configparser
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import meson
from recipe.base import RecipeError

# As `ninja -t query` says it.
QUERY = f"""\
a/one{meson.SUFFIX}:
  input: c_LINKER
    a/one.so.p/one.c.o
    a/one.so.p/meson-generated_two.pyx.c.o
    | a/libshared.a
    | /usr/bin/clang
    || a/generated.h
    || a/order.o
  outputs:
    all.o
"""


class Meson(unittest.TestCase):
    def test_of_a_library_its_objects_and_archives_are_linked(self):
        with mock.patch.object(meson, "output_of", return_value=QUERY):
            found = meson.inputs("ninja", "folder", "a.one")
        objects = ["a/one.so.p/one.c.o", "a/one.so.p/meson-generated_two.pyx.c.o"]
        self.assertEqual(found, [*objects, "a/libshared.a"])

    def test_a_module_that_the_build_does_not_know_is_named(self):
        with (
            mock.patch.object(meson, "output_of", return_value=None),
            self.assertRaisesRegex(RecipeError, "knows no a/one"),
        ):
            meson.inputs("ninja", "folder", "a.one")

    def test_the_file_for_the_compiler_is_in_its_form(self):
        tools = {name: [f"/tools/{name}", "--target=it's"] for name in ("cc", "ar", "ranlib", "strip")}
        build = mock.Mock(**{"toolchain.return_value": tools})
        how = {"flags": ["-DX=1"], "cxx-flags": ["-fexceptions"], "properties": {"format": "QUAD"}}
        with tempfile.TemporaryDirectory() as folder, mock.patch.multiple(meson, cxx=mock.DEFAULT) as patched:
            patched["cxx"].flags.return_value = ["-fno-exceptions"]
            patched["cxx"].archives.return_value = [Path("/cxx/lib/libc++.a")]
            with mock.patch.object(meson, "build_details", return_value={"schema_version": "1.0"}):
                text = meson.cross_file(build, how, ["-O3"], Path(folder))
            said = (Path(folder) / "python.json").read_text()
        self.assertEqual(said, '{"schema_version": "1.0"}')
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text.replace("= true", "= True"))
        read = {
            name: {key: ast.literal_eval(value) for key, value in parser[name].items()} for name in parser
        }
        options = read["built-in options"]
        self.assertEqual(read["binaries"]["c"], tools["cc"])
        self.assertEqual(read["binaries"]["cpp"], [*tools["cc"], "--driver-mode=g++"])
        self.assertEqual(options["c_args"], ["-O3", "-DX=1"])
        self.assertEqual(options["cpp_args"], ["-O3", "-fno-exceptions", "-DX=1", "-fexceptions"])
        self.assertEqual(options["cpp_link_args"], ["-L/cxx/lib"])
        self.assertEqual(read["properties"]["format"], "QUAD")


if __name__ == "__main__":
    unittest.main()
