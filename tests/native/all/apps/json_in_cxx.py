import datetime
import uuid

import rapidjson
import ujson
from answers import by_path, raised

VALUE = {
    "text": "Gr\u00fc\u00dfe \U0001f600 </a>",
    "numbers": [0, -1, 2**53, 1.5, 0.1, 1e300, 5e-324, 123456789.125, 1 / 3],
    "nested": [{"a": [None, True, False, {}]}],
}
TEXT = (
    '{"a": [1, 2.5, -3e-7, "\\u00fc\\ud83d\\ude00", null, true], "b": {"c": ""}, "n": 12345678901234567890}'
)


def of_ujson():
    return {
        "dumps": ujson.dumps(VALUE),
        "plain": ujson.dumps(
            VALUE, ensure_ascii=False, escape_forward_slashes=False, sort_keys=True, indent=2
        ),
        "loads": ujson.loads(TEXT),
        "same": ujson.loads(ujson.dumps(VALUE)) == VALUE,
        "doubles": [ujson.loads(ujson.dumps(1 / number)) == 1 / number for number in range(1, 50)],
    }


def of_rapidjson():
    schema = rapidjson.Validator('{"type": "array", "items": {"type": "integer"}}')
    special = {
        "day": datetime.date(2026, 11, 29),
        "id": uuid.UUID(int=5),
        "pair": (1, None),
    }
    return {
        "dumps": rapidjson.dumps(VALUE),
        "loads": rapidjson.loads(TEXT),
        "pretty": rapidjson.dumps(VALUE, indent=2, sort_keys=True, ensure_ascii=False),
        "special": rapidjson.dumps(
            special,
            datetime_mode=rapidjson.DM_ISO8601,
            uuid_mode=rapidjson.UM_CANONICAL,
            iterable_mode=rapidjson.IM_ANY_ITERABLE,
        ),
        "valid": raised(schema, "[1, 2]"),
        "invalid": raised(schema, '["a"]'),
        "comments": rapidjson.loads(
            "[1, /* two */ 2,]", parse_mode=rapidjson.PM_COMMENTS | rapidjson.PM_TRAILING_COMMAS
        ),
    }


def refusals():
    return [
        raised(read, text)
        for read in (ujson.loads, rapidjson.loads)
        for text in ("[1", "nul", '"\\ud800"x', "")
    ]


def deep():
    return len(rapidjson.loads("[" * 3_000_000 + "]" * 3_000_000))


app = by_path(of_ujson=of_ujson, of_rapidjson=of_rapidjson, refusals=refusals, deep=deep)
