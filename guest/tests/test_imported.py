"""The note on modules that each request imports."""

import sys
import types
import unittest

from wasgi_guest import gateway, imported

from .fake import run

NAMES = ("lateshop", "lateshop.prices", "lateshop.taxes", "latebooks", "latebooks.pages")


class Imported(unittest.TestCase):
    def setUp(self):
        for name, value in (("known", len(sys.modules)), ("developing", lambda: (0.25, 20 << 20, 128 << 20))):
            module = imported if name == "known" else gateway
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, value)

    def importing(self, names):
        def application(environ, start_response):
            for name in names:
                sys.modules[name] = types.ModuleType(name)
                self.addCleanup(sys.modules.pop, name)
            start_response("200 OK", [])
            return [b"late"]

        return application

    def test_modules_of_a_request_are_named_by_their_packages(self):
        log = run(self.importing(NAMES), target="/books?secret=1").log
        self.assertEqual(
            log,
            "wasgi: note: each GET /books imports 5 modules (lateshop, latebooks): import them at the top of "
            "the application, or build with --warm /books\n",
        )
        self.assertNotIn("--warm", run(self.importing([f"{name}.more" for name in NAMES]), method="POST").log)

    def test_few_modules_and_those_of_the_gateway_are_not_worth_a_note(self):
        self.assertEqual(run(self.importing(NAMES[1:])).log, "")
        ours = [f"wasgi_guest.late_{number}" for number in range(9)]
        self.assertEqual(run(self.importing(ours)).log, "")

    def test_who_serves_is_told_nothing(self):
        gateway.developing = lambda: None
        self.assertEqual(run(self.importing(NAMES)).log, "")
