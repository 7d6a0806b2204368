"""The Containerfile: what its test without an engine takes it for, and what an image should not be."""

import unittest
from pathlib import Path

import image

TEXT = (Path(__file__).resolve().parents[1] / "Containerfile").read_text()


class Containerfile(unittest.TestCase):
    def test_it_holds_the_command_alone(self):
        found = image.parse(TEXT)
        self.assertEqual(found.copies, [(0o755, "wasgi", "/usr/local/bin/wasgi")])
        self.assertEqual(found.command[:2], ["/usr/local/bin/wasgi", "serve"])

    def test_nothing_runs_as_root(self):
        user, _, group = image.parse(TEXT).user.partition(":")
        self.assertTrue(user.isdigit() and int(user) > 0 and int(group) > 0)

    def test_command_health_check_and_exposed_port_agree(self):
        found = image.parse(TEXT)
        self.assertIn(f"0.0.0.0:{found.port}", found.command)
        self.assertEqual(found.health[1:], ["health", f"http://127.0.0.1:{found.port}/"])

    def test_an_instruction_that_is_not_known_is_refused(self):
        with self.assertRaises(ValueError):
            image.parse(f"{TEXT}\nRUN make\n")


if __name__ == "__main__":
    unittest.main()
