"""What applications call now and then: what the training never calls is compiled for size, not for speed."""

import array
import base64
import binascii
import bisect
import collections
import copy
import datetime
import fractions
import hashlib
import heapq
import itertools
import math
import operator
import pickle
import random
import struct
import unicodedata
import zlib
from xml.etree import ElementTree

BYTES = bytes(range(256)) * 64
TEXT = "Grüße an alle, 12 words & <tags>\n" * 50


def of_bytes():
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
        hashlib.new(name, BYTES).hexdigest()
    zlib.crc32(zlib.decompress(zlib.compress(BYTES)))
    base64.b64decode(base64.b64encode(BYTES))
    base64.urlsafe_b64decode(base64.urlsafe_b64encode(BYTES))
    base64.b32encode(BYTES[:500])
    binascii.unhexlify(BYTES.hex())
    view = memoryview(BYTES)
    view[3:500:3].tobytes()
    bytes(view[::-1]).find(b"\x01\x00")
    buffer = bytearray(BYTES)
    buffer += buffer[::2]
    buffer.replace(b"\x01\x02", b"--").split(b"\x05")
    array.array("d", array.array("i", range(200))).tobytes()
    for number in range(100):
        struct.unpack("<IHBd4s?", struct.pack("<IHBd4s?", number, 3, 4, 5.5, b"four", True))
    list(struct.Struct(">hq").iter_unpack(bytes(100)))


def of_characters():
    for encoding in ("latin-1", "cp1252", "utf-16", "utf-32", "utf-8-sig"):
        TEXT.encode(encoding).decode(encoding)
    TEXT.encode("ascii", "xmlcharrefreplace").decode("ascii")
    TEXT.encode("unicode_escape").decode("unicode_escape")
    "漢字テスト".encode("shift_jis").decode("shift_jis")
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        unicodedata.normalize(form, TEXT)
    [unicodedata.category(character) for character in TEXT[:200]]
    TEXT.title().swapcase().expandtabs().splitlines()
    TEXT.rsplit(" ", 3)[-1].rjust(80, "é").zfill(90).removeprefix("0")
    root = ElementTree.fromstring("<r>" + "<i n='x'>y &amp; z</i>" * 100 + "</r>")
    ElementTree.tostring(root, encoding="unicode")
    [element.get("n") for element in root.iter("i")]


def of_numbers():
    chance = random.Random(1)
    floats = [chance.random() for _ in range(500)]
    integers = [chance.getrandbits(40) for _ in range(500)]
    chance.shuffle(integers)
    chance.sample(integers, 20)
    sorted(floats)
    sorted(integers, reverse=True)
    sorted(zip(integers, floats, strict=True), key=operator.itemgetter(1))
    heapq.nsmallest(20, floats)
    bisect.insort(sorted(integers), 5)
    str(3**2000 * 7**1000 // 5**500)
    pow(3, 2**200, 2**127 - 1)
    sum(fractions.Fraction(1, number) for number in range(1, 30))
    for number in floats:
        (
            math.sin(number) * math.exp(number)
            + math.log(number + 1)
            + math.sqrt(number)
            + math.floor(number * 9)
        )
        float(repr(number))
        round(number * complex(number, 1).real, 3)
    [f"{number:,} {number:x} {number / 7:g} {number % 97:5d}" for number in integers]
    math.fsum(floats) + math.gcd(*integers) + math.hypot(*floats)


def of_containers():
    queue = collections.deque(range(100), maxlen=90)
    for number in range(50):
        queue.rotate(number)
        queue.appendleft(queue.pop())
    list(
        itertools.islice(
            itertools.chain(itertools.combinations(range(9), 3), itertools.permutations(range(5))), 150
        )
    )
    list(itertools.accumulate(itertools.product(range(4), repeat=3), operator.add))
    [list(group) for _, group in itertools.groupby(range(60), lambda number: number // 7)]
    evens, threes = set(range(0, 400, 2)), frozenset(range(0, 400, 3))
    ((evens | threes) - (evens & threes)).issubset(evens ^ threes)
    collections.OrderedDict(zip(TEXT, BYTES, strict=False)).move_to_end("ü")
    nested = {number: [str(number), number * 0.5, {number, None}] for number in range(50)}
    copy.deepcopy(nested)
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        pickle.loads(pickle.dumps(nested, protocol))
    for number in range(30):
        datetime.datetime.strptime(f"2024-05-{number % 28 + 1:02d} 07:08", "%Y-%m-%d %H:%M").timestamp()


def of_source():
    """Templates are compiled by it, too."""
    source = "def f(a, *b, c=1):\n    return [x for x in b if x] + {1: a}[f'{c!r:>5}']\n" * 10
    exec(compile(source, "source", "exec"), {})
