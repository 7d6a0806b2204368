"""The comparison finds what differs, and the client fills forms as a browser does."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from client import Answer, Client
from compare import differences
from run import reason
from table import shown

PAGE = b"""<form id="login" action="/in"><input name="token" value="t" type="hidden"><input type="submit" name="go">
<input type="checkbox" name="stay" checked><input type="checkbox" name="news"><textarea name="text">a b</textarea>
<select name="kind"><option value="1"><option value="2" selected></select><select name="first"><option value="x">
</select></form><form action="/other"><input name="query"></form>"""


def differing(body, other, headers=(), others=(), varies=()):
    clients = []
    for text, having in ((body, headers), (other, others)):
        clients.append(Client(0, answers=[Answer("GET /", 200, list(having), text)]))
    return list(differences(*clients, ["/home/app", "/app"], list(varies)))


class Comparing(unittest.TestCase):
    def test_another_body_is_found(self):
        (found,) = differing(b"one\ntwo", b"one\nthree")
        self.assertIn("-two\n+three", found)

    def test_another_header_is_found(self):
        self.assertTrue(differing(b"", b"", [("Cache-Control", "private")], [("Cache-Control", "public")]))
        self.assertTrue(differing(b"", b"", [("Vary", "Cookie")]))

    def test_a_cookies_attributes_are_compared_and_its_value_is_not(self):
        cookie = ("Set-Cookie", "a=1; Path=/; HttpOnly")
        self.assertFalse(differing(b"", b"", [cookie], [("Set-Cookie", "a=2; Path=/; HttpOnly")]))
        self.assertTrue(differing(b"", b"", [cookie], [("Set-Cookie", "a=2; Path=/")]))
        self.assertTrue(differing(b"", b"", [cookie], [("Set-Cookie", "a=; Path=/; HttpOnly")]))

    def test_clocks_and_folders_may_differ(self):
        self.assertFalse(differing(b"at /home/app, 2026-11-29 10:00:00", b"at /app, 2026-11-30 11:22:33"))

    def test_what_an_exercise_names_may_differ(self):
        self.assertTrue(differing(b"id 17", b"id 18"))
        self.assertFalse(differing(b"id 17", b"id 18", varies=[r"(?<=id )\d+"]))

    def test_a_missing_answer_is_found(self):
        one, none = Client(0, answers=[Answer("GET /", 200, [], b"")]), Client(0)
        self.assertEqual(list(differences(one, none, [], [])), ["1 answers natively, 0 in the sandbox"])


class Browsing(unittest.TestCase):
    def test_a_form_is_sent_as_a_browser_would(self):
        answer = Answer("GET /", 200, [], PAGE)
        fields = {"token": "t", "stay": "on", "text": "a b", "kind": "2", "first": "x"}
        self.assertEqual(answer.fields("login"), fields)
        self.assertEqual(answer.fields("query"), {"query": ""})
        with self.assertRaises(AssertionError):
            answer.fields("nothing")

    def test_cookies_are_kept_until_they_are_taken_away(self):
        client = Client(0)
        client.keep_cookies(Answer("", 200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b""))
        client.keep_cookies(Answer("", 200, [("Set-Cookie", "a=; Max-Age=0")], b""))
        self.assertEqual(client.cookies, {"b": "2"})


class Telling(unittest.TestCase):
    def test_a_native_package_is_named_as_the_reason(self):
        message = "wasgi: error: app.py cannot be imported: _brotli is native machine code (_brotli.so of brotli 1.2.1), made for another machine"
        self.assertEqual(reason(message), "needs brotli 1.2.1")

    def test_a_row_has_the_ratio(self):
        row = {"title": "A", "versions": "a 1", "exercised": "all", "equal": "yes", "page": "/"}
        row |= {"native": 200.0, "sandboxed": 150.0, "failed": 0, "memory": 40 << 20, "size": 50 << 20}
        self.assertEqual(shown(row), "| A (a 1) | all | yes | `/` 150, 200 | 0.75 | 40 | 50 |")


if __name__ == "__main__":
    unittest.main()
