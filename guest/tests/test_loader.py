"""Finding and importing the application, and the messages of failures."""

import importlib
import os
import sys
import tempfile
import textwrap
import unittest
import unittest.mock

from wasgi_guest.errors import LoadError
from wasgi_guest.loader import load
from wasgi_guest.native import NativeFinder

WSGI = "def {name}(environ, start_response):\n    start_response('200 OK', [])\n    return [b'{name}']\n"
CLASS = (
    "class Framework:\n"
    "    def __call__(self, environ, start_response):\n"
    "        start_response('200 OK', [])\n"
    "        return [b'framework']\n"
)


class Loading(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.native, self.left_out = [], []
        self.enterContext(unittest.mock.patch.object(sys, "path", [self.folder, *sys.path]))
        self.enterContext(unittest.mock.patch.object(sys, "dont_write_bytecode", True))
        self.enterContext(unittest.mock.patch.dict(sys.modules))

    def write(self, name, code):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(textwrap.dedent(code))
        importlib.invalidate_caches()
        return path

    def load(self, target, attribute=None, call=None):
        """Loads 'name.py' from the folder as a file, anything else as a module."""
        file = os.path.join(self.folder, target) if target.endswith(".py") else None
        module = os.path.basename(target).removesuffix(".py")
        for name in [name for name in sys.modules if name in (module, "wnum", "wnum._core")]:
            if name != "__main__":
                del sys.modules[name]
        sys.path_importer_cache.clear()
        finder = NativeFinder(
            [{"file": "x.so", "distribution": "X 1", "module": name} for name in self.native], self.left_out
        )
        with unittest.mock.patch.object(sys, "meta_path", [*sys.meta_path, finder]):
            return load({"module": module, "file": file, "attribute": attribute, "call": call}, finder)

    def message(self, *arguments, **options):
        with self.assertRaises(LoadError) as caught:
            self.load(*arguments, **options)
        text = str(caught.exception)
        self.assertNotIn("wasgi_guest", text, "a frame of ours is shown")
        self.assertNotIn("importlib", text)
        return text

    def assert_says(self, text, *words):
        for word in words:
            self.assertIn(word, text)


class Named(Loading):
    def test_in_a_file_and_in_a_module(self):
        self.write("wapp.py", WSGI.format(name="serve_me"))
        for target in ("wapp.py", "wapp"):
            application, report = self.load(target, "serve_me")
            self.assertEqual(application.__name__, "serve_me")
            expected = {
                "module": "wapp",
                "attribute": "serve_me",
                "how": "named",
                "kind": "function",
                "notes": [],
            }
            self.assertEqual(report, expected)

    def test_dotted_module_and_dotted_attribute(self):
        self.write("wpkg/__init__.py", "")
        self.write("wpkg/site.py", CLASS + "class Holder:\n    inner = Framework()\n")
        application, report = self.load("wpkg.site", "Holder.inner")
        self.assertEqual(type(application).__name__, "Framework")
        self.assertEqual(report["kind"], "wpkg.site.Framework")

    def test_a_factory(self):
        self.write("wapp.py", CLASS + "def create_app(config=None):\n    return Framework()\n")
        application, report = self.load("wapp.py", "create_app", call="")
        self.assertEqual(type(application).__name__, "Framework")
        self.assertEqual(report["how"], "factory")

    def test_a_factory_with_arguments(self):
        self.write(
            "wapp.py",
            "def make(stage, *, size=1):\n    return lambda environ, start_response: [stage, size]\n",
        )
        for text, answer in {
            "'a:b(c)', size=(1, 2)": ["a:b(c)", (1, 2)],
            "stage=None": [None, 1],
            "{'x': [-1, True]},": [{"x": [-1, True]}, 1],
        }.items():
            application, report = self.load("wapp.py", "make", call=text)
            self.assertEqual(application({}, None), answer)
            self.assertEqual(report["how"], "factory")
        for text in ("open('x')", "*[1]", "**{}", "1) or (2", "'", "stage"):
            self.assert_says(self.message("wapp.py", "make", call=text), f"make({text})", "are literals")
        self.assert_says(self.message("wapp.py", "make", call="1, 2"), "make(1, 2) failed", "TypeError")

    def test_the_main_block_does_not_run_and_the_module_can_be_imported_again(self):
        path = self.write(
            "wapp.py", WSGI.format(name="app") + "if __name__ == '__main__':\n    raise SystemExit\n"
        )
        self.load("wapp.py")
        self.assertEqual(importlib.import_module("wapp").__file__, path)

    def test_a_file_in_a_folder_finds_its_neighbours(self):
        self.write("sub/wneighbour.py", WSGI.format(name="app"))
        self.write("sub/wapp.py", "from wneighbour import app\n")
        self.assertEqual(self.load("sub/wapp.py")[1]["attribute"], "app")

    def test_a_missing_attribute_with_close_matches(self):
        self.write("wapp.py", "aplication = app2 = print\n")
        text = self.message("wapp.py", "application")
        self.assert_says(text, "wapp.py has no 'application'", "wapp.py:aplication")
        self.assertNotIn("mean", self.message("wapp.py", "zzz"))
        self.write("wapp.py", CLASS + "class Holder:\n    inner = Framework()\n")
        self.assert_says(self.message("wapp.py", "Holder.iner"), "wapp.py:Holder.inner?")

    def test_not_callable(self):
        self.write("wapp.py", "app = 5\n")
        self.assert_says(self.message("wapp.py", "app"), "wapp.py:app", "int", "not callable")

    def test_a_factory_named_without_parentheses(self):
        self.write("wapp.py", "def create_app():\n    return print\n")
        self.assert_says(self.message("wapp.py", "create_app"), "wapp.py:create_app()")

    def test_wrong_parameters(self):
        self.write("wapp.py", "def one(a):\n    pass\ndef kw(a, b, *, c, d=1):\n    pass\n")
        text = self.message("wapp.py", "one")
        self.assert_says(text, "cannot be called", "(environ, start_response)")
        self.assertNotIn("parentheses", text)
        self.assert_says(self.message("wapp.py", "kw"), "cannot be called")

    def test_parameters_that_fit_in_other_ways(self):
        self.write(
            "wapp.py",
            """
            def variadic(*args):
                pass
            def keyword(environ, start_response, *, debug=False):
                pass
            class Site:
                def __init__(self, environ, start_response):
                    pass
                def method(self, environ, start_response):
                    pass
                def short(self, environ):
                    pass
            bound = Site(1, 2).method
            short = Site(1, 2).short
            """,
        )
        for name, kind in (("variadic", "function"), ("keyword", "function"), ("bound", "function")):
            self.assertEqual(self.load("wapp.py", name)[1]["kind"], kind)
        self.assertEqual(self.load("wapp.py", "Site")[1]["kind"], "class")
        self.assert_says(self.message("wapp.py", "short"), "cannot be called")

    def test_asgi(self):
        self.write(
            "wapp.py",
            """
            class Asgi:
                async def __call__(self, scope, receive, send):
                    pass
            class Sync:
                def __call__(self, scope, receive, send):
                    pass
            app, other = Asgi(), Sync()
            async def two(environ, start_response):
                pass
            """,
        )
        for name in ("app", "other", "two"):
            self.assert_says(self.message("wapp.py", name), f"wapp.py:{name}", "ASGI", "WSGI")
        self.assert_says(self.message("wapp.py"), "wapp.py:app", "ASGI")

    def test_what_cannot_be_judged_is_trusted(self):
        self.write("wapp.py", "import functools\napp = functools.partial(print)\n")
        self.assertEqual(self.load("wapp.py", "app")[1]["kind"], "functools.partial")
        self.write("wapp.py", "import functools\nmake = functools.partial(functools.partial, print)\n")
        self.assertEqual(self.load("wapp.py", "make", call="")[1]["how"], "factory")

    def test_factories_that_fail(self):
        self.write(
            "wapp.py",
            """
            value = 1
            def needs(config):
                return print
            def breaks():
                return {}["gone"]
            def nothing():
                pass
            def number():
                return 5
            def leaves():
                raise SystemExit(2)
            """,
        )
        self.assert_says(self.message("wapp.py", "needs", call=""), "wapp.py:needs()", "arguments (config)")
        text = self.message("wapp.py", "breaks", call="")
        self.assert_says(text, "wapp.py:breaks() failed", "in breaks", "KeyError: 'gone'")
        self.assert_says(self.message("wapp.py", "nothing", call=""), "returned None", "return")
        self.assert_says(
            self.message("wapp.py", "number", call=""), "wapp.py:number()", "int", "not callable"
        )
        self.assert_says(self.message("wapp.py", "leaves", call=""), "SystemExit: 2")
        self.assert_says(self.message("wapp.py", "value", call=""), "without parentheses")


class Found(Loading):
    def assert_found(self, code, name):
        self.write("wapp.py", code)
        _, report = self.load("wapp.py")
        self.assertEqual((report["attribute"], report["how"]), (name, "found"))

    def test_usual_names_in_their_order(self):
        self.assert_found(
            "".join(WSGI.format(name=name) for name in ("app", "application", "other")), "application"
        )
        self.assert_found("".join(WSGI.format(name=name) for name in ("other", "app")), "app")

    def test_a_usual_name_that_is_no_application_is_passed_over(self):
        self.assert_found("app = None\napplication = 'x'\n" + WSGI.format(name="site"), "site")

    def test_the_only_function(self):
        self.assert_found(WSGI.format(name="hello"), "hello")
        self.assert_found("def hello(req, resp, extra=1):\n    pass\n", "hello")
        self.assert_found(
            "import os\nfrom os.path import join, relpath\n" + WSGI.format(name="hello"), "hello"
        )

    def test_the_only_instance_or_class(self):
        self.assert_found(CLASS + "site = Framework()\n", "site")
        self.write("wframework.py", CLASS)
        self.assert_found("from wframework import Framework\nsite = Framework()\n", "site")
        init = "    def __init__(self, environ, start_response):\n        pass\n"
        self.assert_found(
            f"class Site:\n{init}    def __iter__(self):\n        yield b''\nclass No:\n{init}", "Site"
        )

    def test_one_object_under_two_names_is_one(self):
        self.assert_found(CLASS + "site = again = Framework()\n", "site")

    def test_helpers_do_not_stand_in_the_way(self):
        for helper in (
            "def add(a, b):",
            "async def later(environ, start_response):",
            "def render(environ, template):",
            "def begin(request, start):",
            "def both(environ, start_response, more):",
        ):
            self.assert_found(f"{helper}\n    pass\n" + WSGI.format(name="site"), "site")
        self.assert_found(
            "def one(a):\n    pass\ndef three(a, b, c):\n    pass\ndef two(a, b):\n    pass\n", "two"
        )
        init = "    def __init__(self, environ, start_response):\n        pass\n    __iter__ = None\n"
        self.write("wtools.py", f"class Tool:\n{init}" + WSGI.format(name="tool"))
        self.assert_found("from wtools import Tool, tool\n" + WSGI.format(name="site"), "site")
        self.assert_found(
            "def _hidden(environ, start_response):\n    pass\n" + WSGI.format(name="site"), "site"
        )

    def test_a_decorated_function_counts_by_what_it_wraps(self):
        code = (
            "import functools\n"
            "def decorate(f):\n"
            "    @functools.wraps(f)\n"
            "    def wrapper(*args, **kwargs):\n        return f(*args, **kwargs)\n"
            "    return wrapper\n"
            "@decorate\ndef page(name):\n    pass\n"
            "@functools.lru_cache\ndef cached(a):\n    pass\n"
        )
        self.assert_found(code + "@decorate\n" + WSGI.format(name="site"), "site")

    def test_an_adapter_is_not_refused_for_what_it_wraps(self):
        code = (
            "import functools\n"
            "def adapt(f):\n"
            "    @functools.wraps(f)\n"
            "    def adapter(*args):\n        return f(args)\n"
            "    return adapter\n"
        )
        self.assert_found(code + "@adapt\ndef app(request):\n    pass\n", "app")
        self.write("wapp.py", code + "@adapt\ndef app():\n    pass\n")
        self.assert_says(self.message("wapp.py"), "cannot be called as a WSGI application", "app()")

    def test_an_object_that_hates_to_be_looked_at(self):
        code = (
            "class Proxy:\n"
            "    def __call__(self):\n        pass\n"
            "    def __getattr__(self, name):\n        raise RuntimeError('outside of a request')\n"
            "request = Proxy()\n"
        )
        self.assert_found(code + WSGI.format(name="site"), "site")

    def test_a_module_that_makes_it_when_asked(self):
        code = (
            "def __getattr__(name):\n    if name == 'app':\n        return site\n    raise AttributeError\n"
        )
        self.assert_found(WSGI.format(name="site") + code, "app")
        # The module's __getattr__ is not called for existing names.
        code = "def __getattr__(name):\n    raise RuntimeError(name)\n"
        self.assert_found(WSGI.format(name="app") + code, "app")

    def test_none(self):
        self.write("wapp.py", "import json\nfrom os.path import join\nvalue = 1\n")
        self.assert_says(self.message("wapp.py"), "wapp.py has no WSGI application", "wapp.py:NAME")

    def test_several(self):
        self.write("wapp.py", WSGI.format(name="first") + WSGI.format(name="second"))
        text = self.message("wapp")
        self.assert_says(text, "wapp:first\n", "wapp:second")

    def test_a_factory_is_called_where_there_is_no_application(self):
        application = "    return lambda environ, start_response: []\n"
        self.write("wapp.py", f"def helper(a, b):\n    pass\ndef create_app(debug=False):\n{application}")
        _, report = self.load("wapp.py")
        self.assertEqual((report["attribute"], report["how"]), ("create_app", "factory"))

    def test_a_factory_that_needs_arguments_and_several_are_suggested(self):
        for factories in "def create_app(config): ...", "def create_app(): ...\ndef make_app(): ...":
            self.write("wapp.py", f"{factories}\n")
            text = self.message("wapp.py")
            self.assert_says(text, "wapp.py has no WSGI application", "wapp.py:create_app()")


class Imports(Loading):
    def test_the_target_is_missing(self):
        self.write("present.py", "")
        self.assert_says(self.message("absent.py"), "There is no file", "absent.py")
        self.assert_says(self.message("wabsent"), "no module named 'wabsent'", "present.py")
        with unittest.mock.patch.object(sys, "path", ["/no/such/folder"]):
            self.assertNotIn("The folder has", self.message("wabsent"))
        self.write("wpkg/__init__.py", "")
        self.assert_says(self.message("wpkg.absent"), "no module named 'wpkg.absent'")

    def test_a_file_that_is_no_python(self):
        path = self.write("wapp.txt", "hello\n")
        target = {"module": "wapp", "file": path, "attribute": None, "call": None}
        with self.assertRaisesRegex(LoadError, "wapp.txt is not a Python file.$"):
            load(target, NativeFinder([]))

    def test_an_error_without_a_name(self):
        self.write("wapp.py", "raise ModuleNotFoundError('own words')\n")
        self.assert_says(self.message("wapp.py"), "wapp.py cannot be imported:\n", "own words")

    def test_something_it_imports_is_missing(self):
        self.write("wapp.py", "import os\nimport wnothing.sub\n")
        text = self.message("wapp.py")
        self.assert_says(
            text, "no module named 'wnothing'", "virtual environment", "--site-packages", "line 2"
        )

    def test_a_part_of_the_standard_library_that_is_missing(self):
        self.write("wapp.py", "raise ModuleNotFoundError('No module named _ssl', name='_ssl')\n")
        text = self.message("wapp.py")
        self.assert_says(text, "'_ssl' belongs to the standard library", "WebAssembly")
        self.assertNotIn("Install", text)

    def test_a_name_that_cannot_be_imported(self):
        self.write("wapp.py", "from os import nothing_such\n")
        text = self.message("wapp.py")
        self.assert_says(text, "wapp.py cannot be imported", "nothing_such", "line 1")
        self.assertNotIn("no module named", text)

    def test_syntax_error(self):
        self.write("wapp.py", "x = 1\ndef broken(:\n    pass\n")
        text = self.message("wapp.py")
        self.assert_says(text, "syntax error", 'wapp.py", line 2', "def broken(:", "^", "SyntaxError: ")
        self.assertNotIn("Traceback", text)

    def test_an_exception(self):
        self.write("wapp.py", "def load():\n    return {}['gone']\nload()\n")
        text = self.message("wapp.py")
        self.assert_says(
            text, "failed while it was imported", "line 3, in <module>", "in load", "KeyError: 'gone'"
        )
        self.assertNotIn("wapp", sys.modules)

    def test_system_exit_and_keyboard_interrupt(self):
        self.write("wapp.py", "import sys\nsys.exit('bye')\n")
        self.assert_says(self.message("wapp.py"), "ended the interpreter", "__main__", "SystemExit: bye")
        self.write("wother.py", "raise KeyboardInterrupt\n")
        self.assert_says(self.message("wother"), "KeyboardInterrupt")

    def test_out_of_memory(self):
        self.write("wapp.py", "raise MemoryError\n")
        self.assert_says(self.message("wapp.py"), "--memory", "MemoryError", "line 1")

    def test_a_file_named_like_the_standard_library(self):
        self.write("json.py", WSGI.format(name="app"))
        self.assert_says(self.message("json.py"), "json.py", "standard library", "Rename")

    def test_a_file_named_like_a_module_in_use(self):
        self.write("__main__.py", WSGI.format(name="app"))
        self.assert_says(self.message("__main__.py"), "__main__.py", "Rename")


class Native(Loading):
    def test_a_direct_import(self):
        self.native = ["wfast"]
        self.write("wapp.py", "import wfast\n")
        text = self.message("wapp.py")
        self.assert_says(
            text, "wapp.py cannot be imported: wfast is native", "line 1", "wasgi.NativeModuleError"
        )

    def test_behind_another_error(self):
        self.native = ["wnum._core"]
        self.write("wapp.py", "import wnum\n")
        for code in (
            "try:\n    import wnum._core\nexcept ImportError as e:\n    raise ImportError('broken') from e\n",
            "try:\n    import wnum._core\nexcept ImportError:\n    raise RuntimeError('reinstall!')\n",
        ):
            self.write("wnum/__init__.py", code)
            text = self.message("wapp.py")
            self.assertRegex(text, r"^wapp.py cannot be imported: wnum._core is native .*x.so of X 1")

    @unittest.skipIf(sys.version_info < (3, 12), "the error does not tell the name before 3.12")
    def test_as_a_name_of_its_package(self):
        self.native = ["wnum._core"]
        self.write("wapp.py", "from wnum import _core\n")
        self.write("wnum/__init__.py", "")
        self.assertRegex(self.message("wapp.py"), r"^wapp.py cannot be imported: wnum._core is native ")

    def test_an_error_that_hides_it_comes_first(self):
        self.native = ["wnum._core"]
        self.write("wapp.py", "import wnum\n")
        hidden = "try:\n    import wnum._core\nexcept ImportError:\n    pass\nimport wnothing\n"
        self.write("wnum/__init__.py", hidden)
        text = self.message("wapp.py")
        self.assertRegex(text, r"^wapp.py cannot be imported: there is no module named 'wnothing'.")
        self.assert_says(text, "Before that, it went on without native modules", "wnum._core is native")

    def test_all_that_is_missing_is_told_at_once(self):
        self.native = ["wfast"]
        self.write("wapp.py", "import wnothing\nimport wfast, wother.sub\nfrom . import near\nimport wown\n")
        self.write("wown.py", "import wthird\n")
        with unittest.mock.patch("wasgi_guest.missing.APPLICATION", self.folder):
            text = self.message("wapp.py")
        self.assert_says(text, "no module named 'wnothing'", "It also imports what is not there:\n- ")
        self.assert_says(text, "no module named 'wother'", "no module named 'wthird'", "wfast is native")
        self.assertEqual(text.count("'wnothing'."), 1)

    def test_what_was_not_packed_is_told(self):
        self.left_out = ["wnothing/tests"]
        self.write("wapp.py", "import wnothing.tests\n")
        self.assert_says(
            self.message("wapp.py"), "It is installed, and was not packed", "--keep wnothing/tests"
        )

    def test_a_fallback_is_told_in_the_notes(self):
        self.native = ["wfast"]
        self.write(
            "wapp.py", "try:\n    import wfast\nexcept ImportError:\n    pass\n" + WSGI.format(name="app")
        )
        notes = self.load("wapp.py")[1]["notes"]
        self.assertEqual(len(notes), 1)
        self.assert_says(notes[0], "wfast is native", "went on without it")


if __name__ == "__main__":
    unittest.main()
