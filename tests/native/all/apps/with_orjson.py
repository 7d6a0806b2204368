import datetime
import uuid

import orjson
from answers import by_path, raised

DOCUMENT = {
    "text": 'Gr\u00fc\u00dfe \U0001f600 "quoted" \\ \n',
    "numbers": [0, -1, 2**53, 1.5, 1e300, float("nan"), True, None],
    "when": datetime.datetime(2026, 11, 29, 17, 0, tzinfo=datetime.UTC),
    "id": uuid.UUID(int=7),
    "nested": [[[{}]]],
}


def dumps():
    text = orjson.dumps(DOCUMENT, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return text.decode(), orjson.loads(text) == orjson.loads(orjson.dumps(DOCUMENT))


def refusals():
    return [
        raised(orjson.loads, text)
        for text in (b'{"a": ', b"\xff", b"[1,]", b"[" * 2000, "\ud800", b'"\\ud800"')
    ] + [raised(orjson.dumps, {1: 2}), raised(orjson.dumps, 2**70), raised(orjson.dumps, object)]


app = by_path(dumps=dumps, refusals=refusals)
