import bcrypt
from answers import by_path, raised

PASSWORD = "Gr\u00fc\u00dfe".encode()
SALT = b"$2b$04$abcdefghijklmnopqrstuu"


def hashes():
    return bcrypt.hashpw(PASSWORD, SALT).decode(), bcrypt.kdf(PASSWORD, b"salt", 32, 4, True).hex()


def checks():
    made = bcrypt.hashpw(PASSWORD, bcrypt.gensalt(5))
    return bcrypt.checkpw(PASSWORD, made), bcrypt.checkpw(b"other", made), made[:7].decode()


def refusals():
    return [raised(bcrypt.hashpw, PASSWORD, salt) for salt in (b"", b"$2b$04$short", b"$9$04$")] + [
        raised(bcrypt.kdf, PASSWORD, b"", 32, 4),
        raised(bcrypt.gensalt, 99),
    ]


app = by_path(hashes=hashes, checks=checks, refusals=refusals)
