"""Which line a notice names for an event at import, and that the watch leaves no trace."""

import collections.abc
import functools
import io
import os
import random
import subprocess
import sys
import types
import unittest
import unittest.mock

from wasgi_guest import blame
from wasgi_guest.errors import LoadError
from wasgi_guest.watch import Watch


class Watching(unittest.TestCase):
    def setUp(self):
        self.listeners = []

    def told(self, *modules, **names):
        """Runs the modules' code nested: each but the last calls `inner()`."""
        watch = Watch(self.listeners.append)
        # A draw is C, without a frame.
        draw = functools.partial(watch._heard, "wasgi.entropy", None)
        names |= {"entropy": draw, "hear": watch._heard, "os": os}
        inner = None
        for file, code in reversed(modules):
            module = types.ModuleType(os.path.basename(file).removesuffix(".py"))
            vars(module).update(names, inner=inner)
            inner = self.runner(compile(code, file, "exec"), vars(module))
        with watch:
            inner()
        return watch.report()

    @staticmethod
    def runner(code, namespace):
        # Adds a frame between two modules, like the import system.
        return lambda: exec(code, namespace)

    def entropy(self, *modules, **names):
        return [warning["text"].partition(":")[0] for warning in self.told(*modules, **names)["warnings"]]

    def lines(self, *modules):
        return [warning["text"].split(":")[:2] for warning in self.told(*modules)["warnings"]]

    def test_the_application_is_named(self):
        told = self.told(("/app/shop/keys.py", "\n\nentropy()"))
        self.assertEqual(told["warnings"][0]["module"], "keys")
        self.assertTrue(told["warnings"][0]["text"].startswith("shop/keys.py:3: the same in every request"))

    def test_each_line_once(self):
        self.assertEqual(self.entropy(("/app/app.py", "for _ in range(9): entropy()")), ["app.py"])
        self.assertEqual(len(self.entropy(("/app/app.py", "entropy()\nentropy()"))), 2)

    def test_the_nearest_line_of_the_application_is_named(self):
        package = (blame.PACKAGES + "tool/__init__.py", "def make(): entropy()\nuse(make)")
        app = "def use(make): make()\ninner()"
        watch = Watch(self.listeners.append)
        self.assertEqual(
            self.lines(("/app/app.py", app), ("/app/other.py", "\nentropy()"))[0], ["other.py", "2"]
        )
        with watch:
            names = {"entropy": lambda: watch._heard("wasgi.entropy", None), "__name__": "tool"}
            exec(compile("def make():\n  entropy()", package[0], "exec"), names)
            exec(compile("\n\nmake()", "/app/app.py", "exec"), {"make": names["make"], "__name__": "app"})
        self.assertTrue(watch.report()["warnings"][0]["text"].startswith("app.py:3"))

    def test_a_package_that_is_imported_is_named_itself(self):
        package = (blame.PACKAGES + "tool/__init__.py", "def make(): entropy()\nmake()")
        told = self.entropy(("/app/app.py", "inner()"), package)
        self.assertEqual(told, ["tool/__init__.py"])

    def importing(self, code):
        """Runs a package's code, in which `native(call)` is the initialisation of an extension module."""
        frozen = "<frozen importlib._bootstrap>"
        importer = """
def _call_with_frames_removed(call): call()
def create_module(call): _call_with_frames_removed(call)
"""
        names = {}
        exec(compile(importer, frozen, "exec"), names)
        return self.entropy((blame.PACKAGES + "tool/__init__.py", code), native=names["create_module"])

    def test_the_initialisation_of_native_code_draws_seeds_of_hash_tables(self):
        self.assertEqual(self.importing("native(entropy)"), [])

    def test_python_that_native_code_calls_while_it_is_initialised_is_named(self):
        self.assertEqual(self.importing("def draw(): entropy()\nnative(draw)"), ["tool/__init__.py"])

    def test_the_standard_library_imported_is_no_affair_of_ours(self):
        self.assertEqual(
            self.entropy(("/app/app.py", "inner()"), (blame.STDLIB + "tool.py", "entropy()")), []
        )

    def test_its_functions_are_the_callers(self):
        library = {}
        with Watch(self.listeners.append) as watch:
            library["entropy"] = lambda: watch._heard("wasgi.entropy", None)
            for file in ("secrets.py", "tempfile.py"):
                exec(compile("def draw(): entropy()", blame.STDLIB + file, "exec"), library)
                exec(compile("draw()", "/app/app.py", "exec"), {"draw": library["draw"], "__name__": file})
        # Names of temporary files are harmless.
        self.assertEqual([warning["module"] for warning in watch.report()["warnings"]], ["secrets.py"])

    def test_nobody_is_named_for_what_is_outside(self):
        self.assertEqual(self.entropy(("/elsewhere.py", "entropy()")), [])

    def test_python_generators_are_heard(self):
        code = "\nA = random.random()\nB = pick([1, 2])\nC = random.Random().getrandbits(3)\n"
        silent = "random.Random(1).random(); random.seed(1); random.random(); random.seed()"
        names = {"random": random, "pick": random.choice}
        with unittest.mock.patch.object(random, "_inst", random._inst):
            state = random.getstate()
            self.addCleanup(random.setstate, state)
            told = [w["text"][:8] for w in self.told(("/app/app.py", code + silent), **names)["warnings"]]
        self.assertEqual(told, ["app.py:2", "app.py:3", "app.py:4"])

    def test_variables(self):
        code = (
            "os.environ.get('WNONE')\nos.environ.setdefault('WSET', '1')\nos.environ['WSET']\n[*os.environ]"
        )
        with unittest.mock.patch.dict(os.environ):
            notes = self.told(("/app/app.py", code))["notes"]
        self.assertEqual([note[:8] for note in notes], ["app.py:1", "app.py:4"])
        self.assertIn("WNONE is not set", notes[0])

    def test_what_a_package_reads_on_its_own_account_is_not_told(self):
        for name in ("FLASK_WNONE", "WNONE"):
            self.assertEqual(
                self.told((blame.PACKAGES + "flask.py", f"os.environ.get({name!r})"))["notes"], []
            )
        self.assertEqual(self.read("def init(debug=False): os.environ.get('WNONE')", "init()"), [])
        through = "def init(name): os.environ.get(name)"
        # One package on behalf of another.
        self.assertEqual(self.read("def start(): init('WNONE')", "start()", other=through), [])

    def test_what_it_reads_on_the_applications_behalf_is(self):
        def names(package, call):
            return [note.partition(": ")[2].partition(" is not")[0] for note in self.read(package, call)]

        for package, call in (
            ("def config(name): os.environ.get(name)", "config('WNONE')"),
            ("def config(*names): [os.environ.get(name) for name in names]", "config('WNONE')"),
            ("def config(**options): os.environ.get(options['name'])", "config(name='WNONE')"),
            ("def config(name, prefix='W'): os.environ.get(prefix + name)", "config('NONE')"),
            ("def config(name='WNONE'): os.environ.get(name)", "config()"),
            (
                "class Known(dict):\n  def __missing__(self, name): return os.environ[name]\n"
                "  __contains__ = collections.abc.Mapping.__contains__\n"
                "def config(name): return name in Known()",
                "config('WNONE')",
            ),
            ("def ask(name): os.environ.get(name)\ndef config(name): ask(name)", "config('WNONE')"),
        ):
            self.assertEqual(names(package, call), ["WNONE"], package)
        every = self.read("def config(): [*os.environ]", "config()")
        self.assertIn("all that is granted", every[0])

    def read(self, package, call, other=""):
        """Returns the notes on an application that calls a function of a package."""
        names = {"collections": collections, "os": os, "__name__": "tool"}
        with Watch(self.listeners.append) as watch:
            exec(compile(other, blame.PACKAGES + "other.py", "exec"), names)
            exec(compile(package, blame.PACKAGES + "tool/__init__.py", "exec"), names)
            exec(compile(call, "/app/app.py", "exec"), names)
        return watch.report()["notes"]

    def test_several_variables_of_a_line_are_one_note(self):
        code = "def ask(name): return os.environ.get(name)\n[ask(name) for name in ('WA', 'WB', 'WC', 'WA')]"
        notes = self.told(("/app/app.py", code))["notes"]
        self.assertEqual(len(notes), 1)
        self.assertIn("app.py:1: WA, WB and WC are not set at import, and what stands for them", notes[0])

    def test_no_note_comes_twice(self):
        # One file under two names.
        told = self.told(("/app/app.py", "for __name__ in 'ab': os.environ.get('WA')"))
        self.assertEqual(len(told["notes"]), 1)

    def test_a_request_that_keeps_what_a_package_reads_shows_it(self):
        names = {"os": os, "__name__": "tool"}
        with Watch(self.listeners.append) as watch:
            exec(compile("os.environ.get('WNONE')", blame.PACKAGES + "tool/__init__.py", "exec"), names)
        self.assertEqual(list(watch.deeds().values()), ["setting"])

    def test_one_note_for_a_line_that_drew(self):
        told = self.told(("/app/app.py", "entropy(); hear('wasgi.time', None); hear('socket.bind', ())"))
        self.assertEqual((len(told["warnings"]), told["notes"]), (1, []))

    def test_files(self):
        def notes(*arguments):
            return [
                note.partition(": ")[2]
                for note in self.told(("/app/app.py", f"hear('open', {arguments})"))["notes"]
            ]

        self.assertEqual(notes("/tmp/x", "w", os.O_WRONLY), [])
        self.assertEqual(notes(3, "r", os.O_RDONLY), [])
        self.assertTrue(notes("/app/x", "w", os.O_WRONLY)[0].startswith("refused: files are read-only"))
        self.assertTrue(notes("/app/x", None, os.O_RDWR)[0].startswith("refused: files are read-only"))
        self.assertTrue(notes("/nowhere/x", "r", os.O_RDONLY)[0].startswith("not there"))
        with io.FileIO(__file__) as file:
            self.assertTrue(notes(__file__, "r", os.O_RDONLY)[0].startswith("stays open"))
        self.assertTrue(file.closed)
        self.assertEqual(notes(__file__, "r", os.O_RDONLY), [])

    def test_databases(self):
        for database in (
            ":memory:",
            "",
            "/tmp/x.db",
            b"/tmp/x.db",
            "file:/tmp/x.db?mode=ro",
            "file::memory:",
        ):
            self.told(("/app/app.py", f"hear('sqlite3.connect', ({database!r},))"))
        with self.assertRaisesRegex(LoadError, "app.py:1: there is no directory /nowhere at import"):
            self.told(("/app/app.py", "hear('sqlite3.connect', ('/nowhere/x.db',))"))

    def test_everything_is_put_back(self):
        environ = type(os.environ)
        before = (
            *(vars(environ)[name] for name in ("__getitem__", "__iter__", "setdefault")),
            *(getattr(random, name) for name in ("random", "getrandbits", "seed")),
            vars(random.Random)["seed"],
            subprocess.Popen.__init__,
            list(sys.meta_path),
        )
        app = types.ModuleType("app")
        with Watch(self.listeners.append):
            exec("from random import random, seed as plant", vars(app))
            exec("class Dice:\n  roll = random\ndef roll(): return Dice.roll", vars(app))
            self.assertIsNot(app.random, before[3])
            # Like a built-in function, it does not bind to instances.
            self.assertTrue(
                all(0 <= number < 1 for number in [app.Dice().roll(), *(app.roll()() for _ in "1" * 99)])
            )
        after = (
            *(vars(environ)[name] for name in ("__getitem__", "__iter__", "setdefault")),
            *(getattr(random, name) for name in ("random", "getrandbits", "seed")),
            vars(random.Random)["seed"],
            subprocess.Popen.__init__,
            list(sys.meta_path),
        )
        self.assertEqual(before, after)
        self.assertNotIn("random", vars(random.Random))
        self.assertEqual((app.random, app.plant), (random.random, random.seed))
        self.assertEqual((app.Dice.roll, app.roll()), (random.random, random.random))
        self.assertEqual(self.listeners[1:], [None])


if __name__ == "__main__":
    unittest.main()
