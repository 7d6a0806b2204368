"""Makes the site whole: what mkdocs cannot read from docs/ alone.

- The navigation is docs/index.md: its bold words are sections, its links the pages, in its order.
- Documents that lie elsewhere in the repository become pages; links between all of them work on both.
- A link to another file of the repository becomes its text, as the site has no such file.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File

REPOSITORY = Path(__file__).resolve().parents[2]
# What lies outside of docs/, and its place in the site.
ELSEWHERE = {
    "ARCHITECTURE.md": "internals/architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "internals/contributing.md",
    "SECURITY.md": "reference/security.md",
    "python-wasm/README.md": "internals/cpython.md",
    "release/README.md": "internals/release.md",
}
LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")

_log = get_plugin_logger(__name__)


def on_config(config):
    """Sets the navigation to what docs/index.md lists."""
    nav, section = [{"Overview": "index.md"}], None
    for line in (REPOSITORY / "docs/index.md").read_text().splitlines():
        if bold := re.match(r"\*\*(.+?)\*\*", line):
            section = []
            nav.append({bold[1]: section})
        elif listed := re.match(r"(?:-|\d+\.) +\[([^\]]+)\]\(([^)#]+)\)", line):
            section.append({listed[1]: _place(posixpath.normpath(posixpath.join("docs", listed[2])))})
    config.nav = nav
    return config


def on_files(files, config):
    """Adds the documents from outside of docs/."""
    for path, place in ELSEWHERE.items():
        files.append(File.generated(config, place, abs_src_path=str(REPOSITORY / path)))
    return files


def on_page_markdown(markdown, page, files, **_):
    """Leads links where the site has what they name."""
    origin = posixpath.dirname(Path(page.file.abs_src_path).relative_to(REPOSITORY).as_posix())
    here = posixpath.dirname(page.file.src_uri)

    def led(link):
        text, target, fragment = link.groups(default="")
        if re.match(r"[a-z]+:", target):
            return link[0]
        path = posixpath.normpath(posixpath.join(origin, target))
        place = _place(path)
        if files.get_file_from_path(place) or not (REPOSITORY / path).exists():
            return f"[{text}]({posixpath.relpath(place, here)}{fragment})"
        return text

    return LINK.sub(led, markdown)


def on_page_content(html, page, **_):
    """Refuses what hosts of git show as a list and Python-Markdown as a paragraph."""
    for paragraph in re.findall(r"<p>(.*?)</p>", html, re.DOTALL):
        if re.search(r"^(?:- |\d+\. )", paragraph, re.MULTILINE):
            _log.warning("%s: a list without an empty line before it: %.60s", page.file.src_uri, paragraph)
    return html


def _place(path: str) -> str:
    """Where in the site the file of the repository at `path` is, if it is there at all."""
    return ELSEWHERE.get(path, path.removeprefix("docs/"))
