"""boot with a fake C module: its report, and its handler."""

import contextlib
import gc
import importlib
import importlib.util
import io
import json
import marshal
import os
import random
import sys
import tempfile
import types
import unittest
import unittest.mock

from .fake import FakeRequest

APP = """
def app(environ, start_response):
    start_response('200 OK', [])
    print('told')
    return [b'x']
"""


class Boot(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.handlers, self.reports, self.rehearsals = [], [], []
        self.trials, self.muted, self.lesson = [], [], {}
        self.granted, self.told = None, {}
        fake = types.SimpleNamespace(
            set_handler=self.handlers.append,
            set_ended=lambda exception: None,
            developing=lambda: None,
            hand_over=lambda fd, start, length: False,
            report=self.reports.append,
            pages=lambda: b"\x03",
            environ=lambda: (dict(self.told), self.granted),
            rehearsal=lambda method, scheme, authority, target, headers: FakeRequest(method, target),
            set_rehearsal=self.rehearsals.append,
            set_trial=self.trials.append,
            lesson=lambda: json.dumps(self.lesson).encode(),
            mute=self.muted.append,
            watch=lambda listener: None,
            is_granted=lambda path: False,
            were_grants_used=lambda: False,
            changed=lambda: False,
            pretend=lambda is_on: None,
            held=list,
        )
        self.enterContext(unittest.mock.patch.object(sys, "path", list(sys.path)))
        self.enterContext(unittest.mock.patch.object(sys, "meta_path", list(sys.meta_path)))
        self.enterContext(unittest.mock.patch.object(sys, "dont_write_bytecode", True))
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi": fake}))
        threads = types.SimpleNamespace(waiting=[])
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi_threads": threads}))
        self.out = self.enterContext(contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")))
        self.enterContext(contextlib.redirect_stderr(io.TextIOWrapper(io.BytesIO(), "utf-8")))
        # Modules from an earlier import would be adapted to the sandbox.
        for name in ("wasgi_guest.boot", "asyncio", "multiprocessing.pool"):
            sys.modules.pop(name, None)
        self.boot = importlib.import_module("wasgi_guest.boot")
        self.addCleanup(gc.unfreeze)

    def main(self, code, **config):
        path = os.path.join(self.folder, "wboot.py")
        with open(path, "w") as file:
            file.write(code)
        target = {"module": "wboot", "file": path, "attribute": None, "call": False}
        self.boot.CONFIG = os.path.join(self.folder, "config.json")
        with open(self.boot.CONFIG, "w") as file:
            json.dump(
                {"target": target, "native": [], "sys_path_extra": [], "software": "wasgi/test", **config},
                file,
            )
        return self.boot.main()

    def report(self):
        self.assertEqual(len(self.reports), 1)
        self.assertIs(type(self.reports[0]), bytes)
        return json.loads(self.reports[0])

    def printed_by_the_last_rehearsal(self, **config):
        self.main(APP, **config)
        before = self.out.buffer.getvalue().count(b"told")
        self.rehearsals[-1]()
        return self.out.buffer.getvalue().count(b"told") - before

    def test_what_was_warmed_up_is_rehearsed_last(self):
        self.assertEqual(self.printed_by_the_last_rehearsal(warm=["/", "/"]), 2)

    def test_without_warm_up_the_application_is_not_called(self):
        self.assertEqual(self.printed_by_the_last_rehearsal(), 0)

    def test_where_it_is_left_to_the_builder_the_application_is_tried(self):
        self.assertEqual(self.printed_by_the_last_rehearsal(warm=None), 0)
        self.reports.clear()
        with unittest.mock.patch.object(self.boot.trial, "_TMP", self.folder):
            self.trials[-1]()
        # One after each request, and one of them all.
        del self.reports[:-1]
        self.assertEqual(self.report(), {"objection": None, "imports": []})

    def test_warmed_up_unasked_it_is_mute_meanwhile(self):
        self.lesson = {"warm": True, "imports": []}
        self.assertEqual(self.printed_by_the_last_rehearsal(warm=None), 1)
        self.assertEqual(self.muted, [True, False] * 2)

    def test_what_the_trial_imported_is_imported_with_the_application(self):
        self.enterContext(unittest.mock.patch.dict(sys.modules))
        sys.modules.pop("colorsys", None)
        self.lesson = {"warm": False, "imports": ["colorsys", "no_such_module"]}
        self.assertEqual(self.main(APP, warm=None), 0)
        self.assertIn("colorsys", sys.modules)

    def test_success(self):
        self.assertEqual(self.main(APP, sys_path_extra=["/extra"]), 0)
        report = self.report()
        census = {"python", "pages_before", "frozen_objects", "modules", "start"}
        self.assertEqual(report["pages_before"], "03")
        self.assertIn("sys", report["modules"]["interpreter"])
        self.assertGreater(report["frozen_objects"], 0)
        self.assertEqual(
            {key: value for key, value in report.items() if key not in census},
            {
                "ok": True,
                "module": "wboot",
                "attribute": "app",
                "how": "found",
                "kind": "function",
                "notes": [],
                "warnings": [],
                "directories": {"used": False, "held": []},
            },
        )
        self.assertIn("/extra", sys.path)
        self.assertEqual(sys.path[:2], [self.folder, "/app"])
        self.assertTrue(sys.stdout.line_buffering)
        self.assertGreater(gc.get_freeze_count(), 0)
        request = FakeRequest()
        self.handlers[0](request)
        self.assertEqual([event[0] for event in request.events], ["start", "write", "finish"])
        self.assertEqual(self.out.buffer.getvalue(), b"told\n")

    def test_output_without_a_line_end_is_flushed(self):
        self.main(APP.replace("'told'", "'part', end=''"))
        self.handlers[0](FakeRequest())
        self.assertEqual(self.out.buffer.getvalue(), b"part")

    def test_a_closed_stdout_costs_nothing(self):
        self.main("import sys\n" + APP.replace("print('told')", "sys.stdout.close()"))
        request = FakeRequest()
        self.handlers[0](request)
        self.assertEqual(request.state, "ended")

    def test_failure(self):
        self.assertEqual(self.main("value = 1\n"), 1)
        report = self.report()
        self.assertIs(report["ok"], False)
        self.assertTrue(report["message"].startswith("wboot.py has no WSGI application"), report["message"])
        self.assertEqual(self.handlers, [])

    def test_the_native_finder_comes_last(self):
        native = [{"module": "wnative", "file": "n.so", "distribution": "N 1"}]
        self.assertEqual(self.main("import wnative\n", native=native), 1)
        self.assertIn("wnative is native machine code", self.report()["message"])
        self.assertEqual(type(sys.meta_path[-1]).__name__, "NativeFinder")

    def test_a_broken_configuration_is_reported_too(self):
        self.boot.CONFIG = os.path.join(self.folder, "nothing.json")
        self.assertEqual(self.boot.main(), 1)
        self.assertIn("could not start", self.report()["message"])

    def test_precompiling_does_nothing_else(self):
        bad = os.path.join(self.folder, "bad.py")
        with open(bad, "w") as file:
            file.write("def broken(:\n")
        good = os.path.join(self.folder, "wboot.py")
        self.assertEqual(
            self.main("value = 'compiled'\n", precompile=[[bad, True], [good, True]], docstrings=True), 0
        )
        report = self.reports[0]
        self.assertEqual(report[:4], bytes(4), "the broken file has no byte code")
        self.assertEqual(int.from_bytes(report[4:8], "little"), len(report) - 8)
        self.assertEqual(report[8:12], importlib.util.MAGIC_NUMBER)
        self.assertEqual(int.from_bytes(report[12:16], "little"), 1, "by hash, never checked")
        names = {}
        exec(marshal.loads(report[24:]), names)
        self.assertEqual(names["value"], "compiled")
        self.assertEqual(self.handlers, [])

    def test_no_stdout_and_no_random(self):
        with unittest.mock.patch.object(sys, "stdout", None), unittest.mock.patch.dict(sys.modules):
            sys.modules.pop("random")
            self.assertEqual(self.main(APP), 0)
            request = FakeRequest()
            self.handlers[0](request)
            self.assertEqual(request.state, "ended")

    def test_variables_are_those_of_the_instance(self):
        app = APP.replace("b'x'", "repr([os.environ.get(name) for name in 'ABC']).encode()")
        settings = "import os\nos.environ['A'] = 'own'\nos.environ.setdefault('B', 'default')\n"
        self.enterContext(unittest.mock.patch.dict(os.environ))
        self.main(settings + app)
        bodies = []
        for self.granted in (None, [("B", "granted"), ("C", "1=2\u20ac")]):
            request = FakeRequest()
            self.handlers[0](request)
            bodies.append(request.events[1][1])
        self.assertEqual(bodies[0], b"['own', 'default', None]")
        self.assertEqual(bodies[1], "['own', 'granted', '1=2\u20ac']".encode())

    def test_an_instance_that_is_used_again_says_so_and_has_its_reserve(self):
        self.main(APP.replace("b'x'", "repr(environ['wsgi.run_once']).encode()"))
        bodies, reserve = [], importlib.import_module("wasgi_guest.reserve")
        for self.told in ({}, {"wsgi.run_once": False}, {"wsgi.run_once": False}):
            request = FakeRequest()
            self.handlers[0](request)
            bodies.append(request.events[1][1])
            kept = len(reserve._BLOCK)
            reserve.release()
        self.assertEqual(bodies, [b"True", b"False", b"False"])
        self.assertGreater(kept, 0, "given back to the requests after one that took it")
        sys.stderr.flush()
        self.assertEqual(sys.stderr.buffer.getvalue().count(b"uses an instance for several requests"), 1)

    def test_a_second_request_may_be_refused(self):
        self.main(APP, refuse_reuse=True)
        statuses = []
        for self.told in ({}, {"wsgi.run_once": False}):
            request = FakeRequest()
            self.handlers[0](request)
            statuses.append(request.events[0][1])
        self.assertEqual(statuses, [200, 503])
        self.assertEqual(self.out.buffer.getvalue(), b"told\n", "the application is not called again")

    def test_random_differs_in_every_instance(self):
        self.main("import random\n" + APP.replace("b'x'", "str(random.random()).encode()"))
        snapshot = random.getstate()
        bodies = set()
        for _ in range(3):
            random.setstate(snapshot)
            request = FakeRequest()
            self.handlers[0](request)
            bodies.add(request.events[1])
        self.assertEqual(len(bodies), 3)


if __name__ == "__main__":
    unittest.main()
