"""Links between the documents lead somewhere, every document is reached, and lines and README stay short."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
OTHERS = ["python-wasm/README.md", "release/README.md"]
DOCUMENTS = [ROOT / name for name in NAMES + OTHERS] + sorted((ROOT / "docs").rglob("*.md"))
README_WORDS = 1000
#: A name that stands for any file, and a folder of gunicorn.
NOT_OURS = {"tests/apps/NAME.py", "tests/requests"}
NAMED = r"`((?:host/src|guest/src|guest/python|tests|python-wasm|benches)/[\w./-]+)`"
LINE = 120


def anchors(document: Path) -> set[str]:
    """The fragments that hosts of git make of a document's headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document: Path):
    """Gives the target of each link within the repository, and the fragment in it."""
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if not re.match(r"[a-z]+:", link):
            path, _, fragment = link.partition("#")
            yield link, (document.parent / path).resolve() if path else document, fragment


class Links(unittest.TestCase):
    def test_each_leads_somewhere(self):
        for document in DOCUMENTS:
            for link, target, fragment in links(document):
                where = f"{document.relative_to(ROOT)}: {link}"
                self.assertTrue(target.exists(), f"{where} leads nowhere")
                if fragment and target.suffix == ".md":
                    self.assertIn(fragment, anchors(target), f"{where} has no such heading")

    def test_each_file_of_the_sources_that_is_named_is_there(self):
        for document in DOCUMENTS:
            # It names files as they were then.
            if document.name == "CHANGELOG.md":
                continue
            for path in set(re.findall(NAMED, document.read_text())) - NOT_OURS:
                self.assertTrue(
                    (ROOT / path).exists(), f"{document.relative_to(ROOT)} names {path}, which is not there"
                )

    def test_the_index_has_every_document(self):
        index = ROOT / "docs" / "index.md"
        listed = {target for _, target, _ in links(index)} | {index}
        self.assertEqual(sorted(set((ROOT / "docs").rglob("*.md")) - listed), [])

    def test_lines_are_short_but_for_tables_and_blocks(self):
        for document in DOCUMENTS:
            in_block = False
            for number, line in enumerate(document.read_text().splitlines(), 1):
                in_block ^= line.startswith("```")
                if not (in_block or line.startswith(("|", "    "))):
                    self.assertLessEqual(len(line), LINE, f"{document.relative_to(ROOT)}:{number}")

    def test_the_readme_is_short(self):
        shown = re.sub(r"<!--.*?-->", "", (ROOT / "README.md").read_text())
        self.assertLessEqual(len(shown.split()), README_WORDS)


if __name__ == "__main__":
    unittest.main()
