from decimal import Decimal

import simplejson
from answers import by_path, raised

DOCUMENT = {"price": Decimal("19.99"), "text": "\u00fc\u2028", "list": [1, 2.5, None], "bytes": b"x"}


def dumps():
    text = simplejson.dumps(DOCUMENT, sort_keys=True, for_json=True)
    return text, simplejson.loads(text, use_decimal=True)["price"] == DOCUMENT["price"]


def accelerated():
    return simplejson.encoder.c_make_encoder is not None, simplejson.scanner.c_make_scanner is not None


def refusals():
    return [raised(simplejson.loads, text) for text in ("[1,", '{"a" 1}', '"\\x"')] + [
        raised(simplejson.dumps, {(1, 2): 3}),
        raised(simplejson.dumps, float("nan")),
    ]


app = by_path(dumps=dumps, accelerated=accelerated, refusals=refusals)
