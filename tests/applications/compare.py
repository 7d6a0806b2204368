"""Whether two servers answered alike, where tokens, clocks and addresses may differ."""

import difflib
import re
from collections.abc import Iterator

from client import Answer, Client

#: Of the connection or the server's own, or the length of what was made alike.
UNCOMPARED = {
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "via",
    "wasgi-usage",
}
#: What is another one in each answer of any server.
ALWAYS = [
    r"\b\d{4}-\d\d-\d\d(?:[T ]|%20)?(?:\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?",
    r"\w{3}, \d\d[ -]\w{3}[ -]\d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})",
    r'(?<=value=")[\w.:-]{40,}(?=")',
    # Flask's tag of a file: time, size, and a checksum of its path.
    r'(?<=")\d{10}\.\d+-\d+-\d+(?=")',
    r"(?<=csrf)[\w-]*token[^<>]{40,120}",
]


def differences(native: Client, sandboxed: Client, folders: list[str], varies: list[str]) -> Iterator[str]:
    """Gives a text for each answer of the sandbox that is another than the native one."""
    for answer, other in zip(native.answers, sandboxed.answers, strict=False):
        lines, others = (shown(one, folders, ALWAYS + varies) for one in (answer, other))
        if lines != others:
            unlike = difflib.unified_diff(lines, others, "native", "sandbox", n=1, lineterm="")
            yield f"{answer.request}\n" + "\n".join(line[:400] for line in unlike)
    if len(native.answers) != len(sandboxed.answers):
        yield f"{len(native.answers)} answers natively, {len(sandboxed.answers)} in the sandbox"


def shown(answer: Answer, places: list[str], varies: list[str]) -> list[str]:
    """The lines of an answer, without what may differ."""
    headers = sorted(
        f"{name.title()}: {alike(name, value)}"
        for name, value in answer.headers
        if name.lower() not in UNCOMPARED
    )
    # Line by line, also of XML that is one.
    content = answer.content.decode("latin-1").replace("><", ">\n<")
    text = "\n".join([f"{answer.request} {answer.status}", *headers, "", content])
    for place in places:
        text = text.replace(place, "PLACE")
    for pattern in varies:
        text = re.sub(pattern, "VARIES", text)
    return text.splitlines()


def alike(name: str, value: str) -> str:
    """A header's value. A cookie keeps its attributes, and whether it has a value; methods are sorted."""
    if name.lower() == "allow":
        return ", ".join(sorted(re.split(r",\s*", value)))
    if name.lower() == "set-cookie":
        return re.sub(r'^([^=]+)=(?:"[^"]*"|[^;"]+)', r"\1=VARIES", value)
    return value
