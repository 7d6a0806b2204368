"""The warm-up probe (trial) with a fake C module: its objections to a warm-up."""

import importlib
import itertools
import os
import sys
import tempfile
import types
import unittest
import unittest.mock

from .fake import FakeRequest


class Trial(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.is_changed = False
        fake = types.SimpleNamespace(
            rehearsal=self.request,
            watch=self.listen,
            is_granted=lambda path: False,
            changed=lambda: self.is_changed,
        )
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi": fake}))
        for name in ("rehearsal", "trial"):
            sys.modules.pop(f"wasgi_guest.{name}", None)
        self.trial = importlib.import_module("wasgi_guest.trial")
        self.tmp = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(unittest.mock.patch.object(self.trial, "_TMP", self.tmp))
        # The folder of the developer's own code.
        blame = importlib.import_module("wasgi_guest.blame")
        state = importlib.import_module("wasgi_guest.state")
        for module in (blame, state):
            self.enterContext(unittest.mock.patch.object(module, "APPLICATION", self.folder + os.sep))
        self.heard = None

    def request(self, method, scheme, authority, target, headers):
        return FakeRequest(method, target)

    def listen(self, listener):
        self.heard = listener

    def objection(self, code):
        """Probes an application: `code` is the body of its only function, `state` its only global."""
        path = os.path.join(self.folder, "app.py")
        lines = "".join(f"    {line}\n" for line in code.splitlines())
        source = f"def answer(request, state={{}}):\n{lines}"
        with open(path, "w") as file:
            file.write(source)
        names = {"__name__": "app", "draw": lambda: self.heard("wasgi.entropy", None), "os": os}
        exec(compile(source, path, "exec"), names)
        self.told = []
        self.trial.probe(names["answer"], lambda *told: self.told.append(told))
        objection, self.imports = self.told[-1]
        return objection

    def module(self, name, code):
        """Writes a module that a request can import."""
        with open(os.path.join(self.folder, f"{name}.py"), "w") as file:
            file.write(code)
        self.addCleanup(sys.modules.pop, name, None)

    def test_what_the_first_request_imports_is_told(self):
        self.enterContext(unittest.mock.patch.object(sys, "path", [self.folder, *sys.path]))
        self.module("wlazy_plain", "import wlazy_inner\n")
        self.module("wlazy_inner", "")
        self.module("wlazy_busy", "import os\nos.environ.get('WASGI_NOT_SET')\n")
        self.module("wlazy_over_busy", "import wlazy_busy\n")
        self.module("wlazy_object", "import sys, types\nsys.modules[__name__] = types.SimpleNamespace()\n")
        # Finds the busy one imported already, and would import it where it is not.
        self.module("wlazy_beside_busy", "from wlazy_busy import os\n")
        self.module("wlazy_above", "import wlazy_beside_busy\n")
        code = "import wlazy_plain, wlazy_over_busy, wlazy_above, wlazy_object\nrequest.start(200, [])"
        self.assertIn("reads a variable that is not set", self.objection(code))
        self.assertEqual(self.imports, ["wlazy_plain", "wlazy_inner"])
        # After each request, should the next come to no end.
        self.assertEqual(self.told[0], ("GET / comes to no end", self.imports))

    def test_the_same_answer_each_time(self):
        self.assertIsNone(self.objection("request.start(404, [])\nrequest.finish()"))

    def test_an_error(self):
        self.assertEqual(self.objection("request.start(500, [])"), "GET / is answered with 500")
        self.assertEqual(self.objection("pass"), "GET / is answered with nothing")

    def test_another_answer_the_next_time(self):
        count = "state['n'] = state.get('n', 0) + 1\nrequest.start(200, [])\nrequest.write(b'x' * state['n'])"
        self.assertEqual(self.objection(count), "GET / is answered differently the next time")

    def test_numbers_that_are_drawn_each_time(self):
        self.assertIsNone(self.objection("draw()\nrequest.start(200, [])"))

    def test_numbers_that_are_kept(self):
        kept = "if not state:\n    state['key'] = draw()\nrequest.start(200, [])"
        found = self.objection(kept)
        self.assertTrue(
            found.startswith("GET / draws random numbers (app.py:3 state['key'] = draw())"), found
        )

    def test_a_variable_that_is_kept(self):
        kept = (
            "state['v'] = state.get('v') or os.environ.get('WASGI_NOT_SET') or 'none'\nrequest.start(200, [])"
        )
        self.assertIn("reads a variable that is not set", self.objection(kept))
        each = "os.environ.get('WASGI_NOT_SET')\nrequest.start(200, [])"
        self.assertIsNone(self.objection(each))

    def test_a_module_that_changes(self):
        module = types.ModuleType("counted")
        module.__file__ = os.path.join(self.folder, "counted.py")
        module.seen = {"requests": 0, "by": {"path": [], "n": itertools.count()}}
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"counted": module}))
        import_it = "import counted\n"
        for change, told in (
            ("counted.seen['requests'] += 1", "counted.seen['requests']"),
            ("counted.seen['by']['path'].append(1)", "len(counted.seen['by']['path'])"),
            ("next(counted.seen['by']['n'])", "counted.seen['by']['n']"),
            ("counted.last = len(vars(counted)) * 10 + getattr(counted, 'last', 0)", "counted.last"),
        ):
            found = self.objection(f"{import_it}{change}\nrequest.start(200, [])")
            self.assertEqual(found, f"GET / changes {told} each time")
        # State that is created once is the purpose of a warm-up.
        self.assertIsNone(self.objection(f"{import_it}counted.made = 'once'\nrequest.start(200, [])"))

    def test_files_that_stay(self):
        mode = "os.O_CREAT | os.O_RDONLY"
        found = self.objection(f"os.close(os.open({self.tmp + '/left'!r}, {mode}))\nrequest.start(200, [])")
        self.assertEqual(found, "GET / leaves files in /tmp")

    def test_changes_of_a_granted_directory(self):
        self.is_changed = True
        self.assertEqual(self.objection("request.start(200, [])"), "GET / changes a granted directory")

    def test_an_error_comes_with_what_was_logged(self):
        code = "import sys\nprint('why', file=sys.stderr)\nrequest.start(500, [])"
        self.assertEqual(self.objection(code), "GET / is answered with 500\nwhy")
