"""Packages in C and C++, and libraries in them, answer in a sandbox as they do natively."""

import unittest

from compared import same_answers
from servers import sandboxed

#: Of each application, its paths, and the packages whose native code answers.
ANSWERS = {
    "compressed": ("of_zstandard of_brotli refusals", ["zstandard", "Brotli"]),
    "json_in_cxx": ("of_ujson of_rapidjson refusals", ["ujson", "python-rapidjson"]),
    "lxml_documents": (
        "queries transformed pages validated refusals laughs shallow",
        ["lxml", "libxml2", "libxslt"],
    ),
    "numpy_arrays": (
        "arithmetic converted algebra transformed drawn dates records saved saved_by_name "
        "texts refusals seeded",
        ["numpy"],
    ),
    "pillow_images": (
        "formats scaled changed text about refusals refused_bomb",
        ["pillow", "libjpeg-turbo", "libwebp", "freetype"],
    ),
    "sqlalchemy_rows": ("rows refusals", ["SQLAlchemy"]),
}
#: What ends the one request, and what answers before and behind it.
ATTACKS = {
    "compressed": (["bomb"], "of_brotli"),
    "json_in_cxx": (["deep"], "of_ujson"),
    "lxml_documents": (["bomb", "deep"], "queries"),
    "numpy_arrays": (["bomb"], "records"),
    "pillow_images": (["bomb"], "text"),
}


class Libraries(unittest.TestCase):
    maxDiff = None


def ends_alone(name, attacks, calm):
    def test(self):
        with sandboxed(f"{name}.py", "--timeout", "10s") as sandbox:
            before = sandbox.ask(f"/{calm}")
            self.assertEqual(before[0], 200, sandbox.log)
            for attack in attacks:
                self.assertGreaterEqual(sandbox.ask(f"/{attack}")[0], 500, sandbox.log)
                self.assertEqual(sandbox.ask(f"/{calm}"), before, f"after {attack}\n{sandbox.log}")

    return test


for name, (paths, joined) in ANSWERS.items():
    setattr(Libraries, f"test_{name}_as_natively", same_answers(name, paths, joined))
for name, (attacks, calm) in ATTACKS.items():
    setattr(Libraries, f"test_an_attack_on_{name}_ends_one_request", ends_alone(name, attacks, calm))
