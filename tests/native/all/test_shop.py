"""An API of pydantic models, with access by tokens (apps/shop), answers in sandboxes as it does natively."""

import json
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from servers import APPS, PACKAGES, native, sandboxed

KEY = """
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode())
"""
ID = "12345678-1234-5678-1234-567812345678"
ITEM = {"name": "  Gr\u00fc\u00dfe ", "price": "19.99", "count": 3, "size": "large"}
ORDER = {
    "id": ID,
    "ordered": "2026-11-29T17:00:00+01:00",
    "page": "https://example.org/\u00fc",
    "items": [ITEM],
}
ORDERS = [
    ORDER,
    {**ORDER, "gift_for": {**ORDER, "page": None}},
    {**ORDER, "items": []},
    {**ORDER, "items": [{**ITEM, "price": -1, "count": "many", "colour": "red"}, {"name": "<>"}]},
    {**ORDER, "id": "no", "ordered": "2026-11-29T17:00:00", "page": "ftp//"},
    [],
]


class Shop(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "shop"
        shutil.copytree(APPS / "shop", folder)
        made = subprocess.check_output([PACKAGES / "bin/python", "-c", KEY], text=True)
        (folder / "key.pem").write_text(made)
        cls.sandbox = cls.enterClassContext(sandboxed("app.py", folder=folder))
        cls.native = cls.enterClassContext(native("app", folder=folder))

    def same(self, *words, **names):
        status, expected = self.native.ask(*words, **names)
        answer = self.sandbox.ask(*words, **names)
        self.assertEqual(answer[0], status, f"{answer[1]}\n{self.sandbox.log}")
        self.assertEqual(json.loads(answer[1]), json.loads(expected))
        return status, json.loads(expected)

    def token(self, seconds=0):
        """Natively signed; RSA's signatures by PKCS #1 are the same for the same text."""
        path = f"/token/mary?now={int(time.time()) + seconds}"
        return self.same(path, "POST")[1]["access_token"]

    def test_orders_are_validated_as_natively(self):
        bearer = f"Bearer {self.token()}"
        statuses = [
            self.same("/orders", "POST", json.dumps(order), Authorization=bearer)[0] for order in ORDERS
        ]
        self.assertEqual(statuses, [201, 201, 422, 422, 422, 422])
        self.assertEqual(self.same("/orders", "POST", '{"id": 1', Authorization=bearer)[0], 422)

    def test_tokens_are_refused_as_natively(self):
        good = self.token()
        head, claims, signature = good.split(".")
        for token in ("", "a.b.c", f"{head}.{claims}.{signature[::-1]}", self.token(-7200), self.token(7200)):
            self.assertEqual(self.same("/orders", "POST", "{}", Authorization=f"Bearer {token}")[0], 401)

    def test_the_schema_is_the_native_one(self):
        self.assertEqual(self.same("/schema")[0], 200)
