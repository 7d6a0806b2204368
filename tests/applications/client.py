"""A browser of few words: cookies, forms, uploads, and a record of what was answered."""

import gzip
import http.client
import re
import urllib.parse
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie

BOUNDARY = "of-an-application"
#: What the browser was told to open, whatever port the server has.
HOST = "localhost"


@dataclass
class Answer:
    """An answer, and the request that it is for."""

    request: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name, or an empty text."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    @property
    def content(self) -> bytes:
        """The body without its Content-Encoding (RFC 9110 section 8.4)."""
        encoding = self.header("Content-Encoding")
        if encoding == "gzip":
            return gzip.decompress(self.body)
        return zlib.decompress(self.body) if encoding == "deflate" else self.body

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def fields(self, marker: str = "") -> dict[str, str]:
        """What a browser would send of the first form that has `marker` in its action, id or fields' names.

        # Errors
        AssertionError when there is none.
        """
        forms = Forms(self.text).found
        for about, fields in forms:
            if marker in about or marker in fields:
                return dict(fields)
        raise AssertionError(f"{self.request}: no form has {marker!r}: {forms}")


class Forms(HTMLParser):
    """Collects the fields of all forms as a browser would send them; buttons are nobody's choice."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.select = self.textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", "") + " " + given.get("id", ""), {}))
        elif self.found:
            self.take(tag, given)

    def take(self, tag: str, given: dict[str, str]) -> None:
        fields, name = self.found[-1][1], given.get("name", "")
        if tag == "input" and name and given.get("type") not in ("submit", "button", "image", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                fields[name] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "select":
            self.select = "" if "multiple" in given else name
        elif tag == "option" and self.select and ("selected" in given or self.select not in fields):
            fields[self.select] = given.get("value", "")
        elif tag == "textarea" and name:
            self.textarea, fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.found[-1][1][self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""


@dataclass
class Client:
    """Asks one server, keeps its cookies, and records each answer."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    #: The page that a browser would show, and send as Referer.
    page: str = "/"

    def get(self, path: str, status: int = 200, **headers: str) -> Answer:
        return self.ask("GET", path, status, headers=headers)

    def post(self, path: str, form: dict | None = None, status: int = 302, **headers: str) -> Answer:
        """Sends a form as a browser does."""
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return self.ask(
            "POST", path, status, urllib.parse.urlencode(form or {}, doseq=True).encode(), headers
        )

    def upload(
        self, path: str, form: dict, files: dict[str, tuple[str, bytes]], status: int = 302, **headers: str
    ) -> Answer:
        """Sends fields and files, each as name and content (RFC 7578)."""
        parts = [f'form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in form.items()]
        for name, (filename, content) in files.items():
            head = f'form-data; name="{name}"; filename="{filename}"\r\nContent-Type: text/plain\r\n\r\n'
            parts.append(head.encode() + content)
        opening = f"--{BOUNDARY}\r\nContent-Disposition: ".encode()
        body = b"".join(opening + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", path, status, body, headers)

    def ask(
        self, method: str, path: str, status: int, body: bytes | None = None, headers: dict | None = None
    ) -> Answer:
        """Sends a request; `_` in a header's name stands for `-`.

        # Errors
        AssertionError when the status is another one.
        """
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            usual = {"Host": HOST, "Referer": f"http://{HOST}{self.page}"}
            connection.request(method, path, body, usual | sent)
            response = connection.getresponse()
            answer = Answer(f"{method} {path}", response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        self.keep_cookies(answer)
        self.answers.append(answer)
        if (method, answer.status) == ("GET", 200):
            self.page = path
        if answer.status != status:
            shown = re.sub(r"\s*\n\s*", "\n", answer.text)
            raise AssertionError(f"{answer.request} is {answer.status}, not {status}: {shown[-3000:]}")
        return answer

    def keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                for cookie in SimpleCookie(value).values():
                    self.cookies[cookie.key] = cookie.coded_value
                    if cookie["max-age"] == "0" or not cookie.value:
                        del self.cookies[cookie.key]

    def follow(self, answer: Answer, status: int = 200) -> Answer:
        """Goes where a redirect points to."""
        target = urllib.parse.urlsplit(
            urllib.parse.urljoin(answer.request.split(" ")[1], answer.header("Location"))
        )
        return self.get(urllib.parse.urlunsplit(("", "", target.path, target.query, "")), status)
