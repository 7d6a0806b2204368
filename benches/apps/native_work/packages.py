"""The typical work of packages with native code."""

from decimal import Decimal

import argon2
import bcrypt
import jwt
import msgpack
import orjson
import regex
import simplejson
import yaml
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import BaseModel, Field
from timed import measuring

KEY = rsa.generate_private_key(65537, 2048)
CLAIMS = {"sub": "mary", "aud": "shop", "iat": 1_700_000_000}
TOKEN = jwt.encode(CLAIMS, KEY, "RS256")
CURVE = ec.generate_private_key(ec.SECP256R1())
BY_CURVE = jwt.encode(CLAIMS, CURVE, "ES256")
DOCUMENT = {
    "items": [
        {
            "id": number,
            "name": f"item {number}",
            "price": number / 7,
            "tags": ["a", "b"],
            "open": number % 2 == 0,
        }
        for number in range(200)
    ]
}
TEXT = orjson.dumps(DOCUMENT)
PACKED = msgpack.packb(DOCUMENT)
YAML = yaml.dump(DOCUMENT, Dumper=yaml.CSafeDumper)
PROSE = "The order 2026-11-29/0042 of mary@example.org came at 17:42 and cost 19.99. " * 100
FIND = regex.compile(r"(?P<date>\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2})|(?P<mail>[\w.]+@[\w.]+)|(?P<price>\d+\.\d\d)")
FERNET = Fernet(Fernet.generate_key())
HASHER = argon2.PasswordHasher()


class Item(BaseModel):
    id: int = Field(ge=0)
    name: str = Field(max_length=40)
    price: Decimal
    tags: list[str]
    open: bool


class Items(BaseModel):
    items: list[Item]


MODELS = Items.model_validate_json(TEXT)

WORK = {
    "pydantic: validate 200 models from JSON": lambda: Items.model_validate_json(TEXT),
    "pydantic: dump 200 models as JSON": MODELS.model_dump_json,
    "orjson: dump 16 kB": lambda: orjson.dumps(DOCUMENT),
    "orjson: load 16 kB": lambda: orjson.loads(TEXT),
    "simplejson: dump 16 kB": lambda: simplejson.dumps(DOCUMENT),
    "msgpack: pack 10 kB": lambda: msgpack.packb(DOCUMENT),
    "msgpack: unpack 10 kB": lambda: msgpack.unpackb(PACKED),
    "PyYAML: load 17 kB": lambda: yaml.load(YAML, Loader=yaml.CSafeLoader),
    "regex: find 300 in 8 kB": lambda: FIND.findall(PROSE),
    "PyJWT: sign with RS256": lambda: jwt.encode(CLAIMS, KEY, "RS256"),
    "PyJWT: verify RS256": lambda: jwt.decode(TOKEN, KEY.public_key(), ["RS256"], audience="shop"),
    "PyJWT: sign with ES256": lambda: jwt.encode(CLAIMS, CURVE, "ES256"),
    "PyJWT: verify ES256": lambda: jwt.decode(BY_CURVE, CURVE.public_key(), ["ES256"], audience="shop"),
    "cryptography: encrypt 16 kB by Fernet": lambda: FERNET.encrypt(TEXT),
    "bcrypt: hash at cost 12": lambda: bcrypt.hashpw(b"password", b"$2b$12$abcdefghijklmnopqrstuu"),
    "argon2-cffi: hash by its defaults": lambda: HASHER.hash("password"),
}

app = measuring(WORK)
