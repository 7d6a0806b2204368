import jsonschema
from answers import by_path, raised
from rpds import HashTrieMap, HashTrieSet, List

SCHEMA = {
    "$defs": {"price": {"type": "number", "minimum": 0}},
    "type": "object",
    "properties": {"name": {"type": "string"}, "prices": {"items": {"$ref": "#/$defs/price"}}},
    "required": ["name"],
}


def values():
    one = HashTrieMap({"a": 1}).insert("b", 2)
    return {
        "map": sorted(one.items()),
        "kept": sorted(one.remove("a").keys()),
        "set": sorted(HashTrieSet([1, 2]) | HashTrieSet([2, 3])),
        "list": list(List([1, 2, 3]).rest),
        "equal": one == HashTrieMap(b=2, a=1),
        "text": repr(HashTrieMap({"a": 1})),
    }


def validates():
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors({"prices": [1, -2, "x"]})
    return sorted(error.message for error in found)


def refusals():
    return raised(HashTrieMap({}).remove, "a"), raised(HashTrieSet, [[]])


app = by_path(values=values, validates=validates, refusals=refusals)
