"""What the recipes of packages do before they compile."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recipe import c_sources, longjmp, source_distribution
from recipe.base import RecipeError

ASK = """\
import importlib, pathlib, sys
backend = importlib.import_module(sys.argv[1])
print(backend.prepare_metadata_for_build_wheel("."), backend.__legacy__ is not None, len(backend.__all__))
"""


class Packages(unittest.TestCase):
    def test_the_stand_in_for_a_build_backend_answers_from_the_source_distribution(self):
        backends = ("setuptools.build_meta", "maturin", "poetry.core.masonry.api", "scikit_build_core.build")
        for backend in backends:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                about = "Metadata-Version: 2.1\nName: two-words\nVersion: 1.2\n\nText: of it\n"
                (folder / "PKG-INFO").write_text(about)
                said = subprocess.run(
                    [sys.executable, "-c", ASK, backend],
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(source_distribution.BACKENDS)},
                    check=True,
                    capture_output=True,
                    text=True,
                )
                self.assertEqual(said.stdout, "two_words-1.2.dist-info True 3\n")
                self.assertEqual((folder / "two_words-1.2.dist-info/METADATA").read_text(), about)

    def test_a_function_that_stops_at_jumps_has_the_type_that_its_name_says(self):
        self.assertIn(
            "long long invoke_jid(long long (*called)(int, double), int a0, double a1)",
            longjmp.invoke("invoke_jid"),
        )
        self.assertIn("void invoke_v(void (*called)(void))", longjmp.invoke("invoke_v"))

    def test_a_template_has_zero_for_what_is_not_named(self):
        filled = c_sources.filled('"@VERSION@" @WITH_THREADS@ me@example.com', {"VERSION": "1.2"})
        self.assertEqual(filled, '"1.2" 0 me@example.com')

    def test_a_source_that_is_left_out_or_missing_is_noticed(self):
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            (work / "a").mkdir()
            for file in ("one.c", "two.c", "three.cc"):
                (work / "a" / file).touch()
            about = {
                "c": {"sources": ["a/*.c"], "leave-out": ["two.c"], "flags": ["-DX"], "include": ["a"]},
                "library": [{"name": "a", "sources": ["a/*.cc"]}, {"name": "b"}],
            }
            chosen = [(file.name, flags) for file, flags in c_sources.chosen(about, work)]
            self.assertEqual(chosen, [("one.c", ["-DX", f"-I{work}/a"]), ("three.cc", [])])
            self.assertTrue(c_sources.is_cxx(about))
            with self.assertRaisesRegex(RecipeError, "the sources hold no b"):
                c_sources.matching(work, "b/*.c")


if __name__ == "__main__":
    unittest.main()
