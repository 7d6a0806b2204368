"""Draws secrets in each request, after the import has drawn some, too."""

import bcrypt
from answers import by_path
from argon2 import PasswordHasher
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from tokenizers import Tokenizer, models, pre_tokenizers

HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
FERNET = Fernet(Fernet.generate_key())
CURVE = ec.generate_private_key(ec.SECP256R1())

WORDS = "ab " * 128


def by_chance(model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


DROPPING = by_chance(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")], dropout=0.5))
PIECES = [("?", 0.0), ("a", -1.0), ("b", -1.0), ("ab", -2.0)]
SAMPLING = by_chance(models.Unigram(PIECES, unk_id=0, byte_fallback=False, alpha=0.5))
BEST = by_chance(models.Unigram(PIECES, unk_id=0, byte_fallback=False, alpha=0.5, nbest_size=2))


def secrets():
    return {
        "bcrypt": bcrypt.gensalt().decode(),
        "argon2": HASHER.hash("password").split("$")[4],
        "fernet key": Fernet.generate_key().decode(),
        "fernet nonce": FERNET.encrypt(b"text")[12:34].decode(),
        "aes": AESGCM.generate_key(256).hex(),
        "curve": hex(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value),
        "ed25519": ed25519.Ed25519PrivateKey.generate().private_bytes_raw().hex(),
        "x25519": x25519.X25519PrivateKey.generate().private_bytes_raw().hex(),
        "rsa": hex(rsa.generate_private_key(65537, 1024).private_numbers().p),
        # Two signatures with one such number would tell the key.
        "ecdsa": CURVE.sign(b"text", ec.ECDSA(SHA256())).hex(),
        "serial": x509.random_serial_number(),
        "dropout": " ".join(DROPPING.encode(WORDS).tokens),
        "sampling": " ".join(SAMPLING.encode(WORDS).tokens),
        "best": " ".join(BEST.encode(WORDS).tokens),
    }


IMPORTED = secrets()

app = by_path(secrets=secrets, imported=lambda: IMPORTED)
