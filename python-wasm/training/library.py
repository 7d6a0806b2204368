"""The language itself, and what applications mostly call of the standard library."""

import collections
import contextlib
import csv
import dataclasses
import datetime
import decimal
import email.message
import enum
import functools
import hashlib
import hmac
import html
import io
import json
import logging
import re
import sqlite3
import string
import textwrap
import urllib.parse
import uuid
from http.cookies import SimpleCookie

from rows import ROWS


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass(order=True)
class Point:
    x: float
    y: float = 0.0
    colour: Colour = Colour.RED

    @property
    def size(self):
        return abs(self.x) + abs(self.y)

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y, other.colour)


@functools.lru_cache(maxsize=64)
def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def plain_code():
    """The language itself."""
    points = [Point(number % 7, number * 0.5, Colour(1 + number % 2)) for number in range(60)]
    total = functools.reduce(Point.__add__, points)
    by_colour = collections.defaultdict(list)
    for place, point in enumerate(sorted(points)):
        by_colour[point.colour.name].append((place, point.size))
    counts = collections.Counter(word.lower() for word in string.ascii_letters.replace("x", " ").split())
    squares = {number: number * number for number in range(100) if number % 3}
    try:
        squares[total.x, "no such key"]
    except KeyError as error:
        text = f"{error!r:>40} {total.size:.3f} {len(by_colour):04d} {counts!s:.20}"
    first, *others = (value for row in zip(points, squares.items(), strict=False) for value in row)
    isinstance(first, Point) and any(other is None for other in others)
    fibonacci.cache_clear()
    return text + "".join(map(str, range(50))) + str(fibonacci(30))


def of_text():
    text = textwrap.fill("some words é, <more> & others; 12:30 ann@example.com https://x.example/?a=1 " * 8)
    found = re.findall(r"(?P<name>[\w.]+)@(?P<host>[\w.]+)|https?://(\S+)", text)
    re.sub(r"\b(\w)(\w*)\b", lambda match: match[1].upper() + match[2], text)
    html.unescape(html.escape(text))
    parts = urllib.parse.urlsplit("https://ann:pw@host.example:8080/a/b%20c?x=1&y=%C3%A9#end")
    urllib.parse.urlencode([*urllib.parse.parse_qsl(parts.query), ("rows", len(found))])
    text.encode().decode().translate({ord("e"): "E"}).casefold().partition("words")
    ("%s is %d of %5.2f" % (parts.path, 3, 4.5)).center(60).split()  # noqa: UP031 (much code has it)


def of_data():
    data = {
        "rows": ROWS,
        "nothing": None,
        "nested": {str(number): [number, 0.5, True] for number in range(30)},
    }
    json.loads(json.dumps(data, indent=1, sort_keys=True))
    json.loads(json.dumps(data))
    out = io.StringIO()
    csv.writer(out).writerows((row["name"], row["price"]) for row in ROWS)
    list(csv.reader(io.StringIO(out.getvalue())))
    hmac.new(b"key", out.getvalue().encode(), hashlib.sha256).hexdigest()
    uuid.uuid5(uuid.NAMESPACE_URL, "https://x.example/")
    sum((decimal.Decimal("0.10") * number for number in range(20)), decimal.Decimal()).quantize(
        decimal.Decimal("0.01")
    )
    day = datetime.datetime(2024, 2, 28, 12, tzinfo=datetime.UTC)
    for _ in range(10):
        day += datetime.timedelta(hours=7.5)
        datetime.datetime.fromisoformat(day.isoformat()).strftime("%a, %d %b %Y %H:%M:%S GMT")


def of_messages():
    cookie = SimpleCookie("name=ann; theme=dark")
    cookie["seen"] = "yes"
    cookie["seen"]["httponly"] = True
    cookie.output()
    message = email.message.EmailMessage()
    message["Subject"] = "Grüße"
    message.set_content("Hello\n" * 5)
    message.as_bytes()
    logger = logging.getLogger("training")
    logger.propagate = False
    logger.handlers = [logging.StreamHandler(io.StringIO())]
    logger.warning("%s has %d rows", "table", len(ROWS))


def of_a_database():
    with contextlib.closing(sqlite3.connect(":memory:")) as database, database:
        database.execute("CREATE TABLE row (name TEXT, price REAL)")
        database.executemany("INSERT INTO row VALUES (:name, :price)", ROWS)
        database.execute("SELECT name, max(price) FROM row GROUP BY name ORDER BY 2").fetchall()
