from decimal import Decimal

import jiter
from answers import by_path, raised

TEXT = b'{"a": [1, 2.5, 12345678901234567890123, "caf\xc3\xa9"], "b": {"c": null}}'


def reads():
    exact = jiter.from_json(b"[0.1, 1.10]", float_mode="decimal")
    return {
        "all": jiter.from_json(TEXT),
        "decimal": exact == [Decimal("0.1"), Decimal("1.10")],
        "lossless": str(jiter.from_json(b"1.2300", float_mode="lossless-float")),
        "partial": jiter.from_json(b'{"a": [1, 2, "thr', partial_mode="trailing-strings"),
    }


def refusals():
    return [raised(jiter.from_json, text) for text in (b"[1,", b'{"a" 1}', b"[" * 1000, b'"\xff"', b"nul")]


app = by_path(reads=reads, refusals=refusals)
