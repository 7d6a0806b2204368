from answers import by_path, raised
from argon2 import PasswordHasher, exceptions, low_level

PASSWORD = "Gr\u00fc\u00dfe"
# In the sandbox, one lane is computed after the other.
HASHER = PasswordHasher(time_cost=2, memory_cost=8192, parallelism=4)


def hashes():
    made = {
        kind.name: low_level.hash_secret(PASSWORD.encode(), b"saltsaltsalt", 2, 1024, 4, 32, kind).decode()
        for kind in low_level.Type
    }
    return made, low_level.ARGON2_VERSION


def checks():
    made = HASHER.hash(PASSWORD)
    try:
        HASHER.verify(made, "other")
    except exceptions.VerifyMismatchError as error:
        lanes = PasswordHasher().parallelism
        return HASHER.verify(made, PASSWORD), str(error), HASHER.check_needs_rehash(made), lanes
    return None


def refusals():
    return raised(HASHER.verify, "$argon2id$v=19$m=1", PASSWORD), raised(
        low_level.hash_secret, b"x", b"s", 1, 8, 1, 16, low_level.Type.ID
    )


app = by_path(hashes=hashes, checks=checks, refusals=refusals)
