import pickle

import regex
from answers import by_path, raised

TEXT = "caf\u00e9 na\u00efve 2026-11-29 \u0395\u03bb\u03bb\u03ac\u03b4\u03b1 (a(b)c) foobaz"


def searches():
    return {
        "properties": regex.findall(r"\p{Greek}+|\p{Nd}+", TEXT),
        "recursive": regex.search(r"\((?:[^()]++|(?R))*\)", TEXT).group(),
        "fuzzy": regex.search(r"(?:foobar){e<=1}", TEXT).fuzzy_counts,
        "captures": regex.fullmatch(r"(?:(\w)-?)+", "a-b-c").captures(1),
        "overlapped": regex.findall(r"..", "abcd", overlapped=True),
        "split": regex.split(r"(?V1)(?=\b)", "two words"),
    }


def pickled():
    read = pickle.loads(pickle.dumps(regex.compile(r"(?<year>\d{4})-\d\d")))
    return read.pattern, read.search(TEXT).groupdict(), type(read).__module__, regex._regex.__name__


def refusals():
    return raised(regex.compile, "(a"), raised(regex.search, r"\p{Nothing}", "")


app = by_path(searches=searches, pickled=pickled, refusals=refusals)
