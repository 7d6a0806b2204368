"""Tests that an application answers in a sandbox as it does natively."""

import json

from servers import native, sandboxed


def same_answers(name, paths, joined):
    """A test of an application by its paths; `joined` are the packages whose native code answers."""

    def test(self):
        with sandboxed(f"{name}.py", "--timeout", "20s") as sandbox, native(name) as reference:
            for package in joined:
                self.assertRegex(sandbox.log, rf"native code joined to the interpreter: .*\b{package} \d")
            for path in paths.split():
                status, expected = reference.ask(f"/{path}")
                self.assertEqual(status, 200, reference.log)
                status, answer = sandbox.ask(f"/{path}")
                self.assertEqual(status, 200, f"{answer}\n{sandbox.log}")
                self.assertEqual(json.loads(answer), json.loads(expected), path)

    return test
