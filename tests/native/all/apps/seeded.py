"""Fills hash tables of Rust's at import: each draws a seed, or all of a package one."""

import jiter
import nh3
from answers import by_path
from pydantic import TypeAdapter
from rpds import HashTrieMap
from tokenizers import Tokenizer, models

NUMBER = TypeAdapter(dict[str, int]).validate_python({"a": "3"})["a"]
TABLE = HashTrieMap({1: 2})
PARSED = jiter.from_json(b'{"a": 1}')
CLEANED = nh3.clean("<b>1</b><script></script>")
PIECES = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?")).encode("a").tokens

app = by_path(tables=lambda: [NUMBER, len(TABLE), PARSED, CLEANED, PIECES])
