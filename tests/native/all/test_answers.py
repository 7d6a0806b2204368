"""Each package answers in a sandbox as it does natively, and its native code is what answers."""

import json
import unittest

from compared import same_answers
from servers import APPS, sandboxed

#: Of each application, its paths, and the package whose native code answers.
ANSWERS = {
    "with_argon2": ("hashes checks refusals", "argon2-cffi-bindings"),
    "with_backports_zstd": ("packs streams trained archives refusals", "backports.zstd"),
    "with_bcrypt": ("hashes checks refusals", "bcrypt"),
    "with_brotlicffi": ("packs streams refusals", "brotlicffi"),
    "with_cffi": ("values refusals", "cffi"),
    "with_cryptography": ("ciphers derived signatures certificates refusals", "cryptography"),
    "with_jiter": ("reads refusals", "jiter"),
    "with_nh3": ("cleaned texts refusals", "nh3"),
    "with_orjson": ("dumps refusals", "orjson"),
    "with_regex": ("searches pickled refusals", "regex"),
    "with_rpds": ("values validates refusals", "rpds-py"),
    "with_simplejson": ("dumps accelerated refusals", "simplejson"),
    "with_tokenizer_parts": ("normalized split decoded refusals", "tokenizers"),
    "with_tokenizers": (
        "trained encoded batches saved added ready_made arrays awaited offline",
        "tokenizers",
    ),
}


class Answers(unittest.TestCase):
    maxDiff = None

    def test_every_application_is_asked(self):
        self.assertEqual(sorted(ANSWERS), sorted(file.stem for file in APPS.glob("with_*.py")))

    def test_cffi_refuses_what_needs_the_code_of_a_machine(self):
        with sandboxed("with_cffi.py") as sandbox:
            kinds = {name: kind for name, (kind, _) in json.loads(sandbox.ask("/native")[1]).items()}
            expected = {
                "library": "OSError",
                "callback": "NotImplementedError",
                "call": "NotImplementedError",
            }
            self.assertEqual(kinds, expected, sandbox.log)

    def test_backports_zstd_refuses_threads(self):
        with sandboxed("with_backports_zstd.py") as sandbox:
            kind, text = json.loads(sandbox.ask("/parallel")[1])
            self.assertEqual(kind, "ValueError", sandbox.log)
            self.assertIn("nb_workers", text)

    def test_tokenizers_work_without_what_hugging_face_has_in_native_code_alone(self):
        with sandboxed("with_tokenizers.py") as sandbox:
            imported, (kind, text) = json.loads(sandbox.ask("/hub")[1])
            self.assertEqual([imported, kind], [None, "NativeModuleError"], sandbox.log)
            self.assertIn("hf_xet", text)


for name, (paths, joined) in ANSWERS.items():
    setattr(Answers, f"test_{name}_as_natively", same_answers(name, paths, [joined]))
