"""Failures in the application, on the way to the client, and in close()."""

import contextlib
import io
import os
import subprocess
import sys
import unittest
import unittest.mock

from wasgi import RequestEnded
from wasgi_guest import layout
from wasgi_guest.gateway import serve
from wasgi_guest.tracebacks import log_error

from .fake import FakeRequest, run
from .test_response import Iterable, returning


class Ended(unittest.TestCase):
    """The exception that C raises in an application whose request has ended."""

    def test_it_is_cut_off_and_closed_without_a_word(self):
        iterable = Iterable(b"some", RequestEnded("deadline"))
        result = run(returning(iterable))
        self.assertEqual((result.end, result.log, result.request.settled), ("abort", "", True))
        self.assertEqual(iterable.closed, 1)

    def test_a_client_that_goes_is_one_line(self):
        result = run(returning(Iterable(RequestEnded("client-gone"))))
        self.assertEqual((result.end, result.log), ("abort", "wasgi: GET /: the client went away\n"))

    def test_close_that_waits_says_nothing_either(self):
        class Slow(Iterable):
            def close(self):
                raise RequestEnded("deadline")

        result = run(returning(Slow(b"some")))
        self.assertEqual((result.end, result.log, result.request.settled), ("finish", "", True))

    def test_no_except_exception_catches_it(self):
        self.assertNotIsInstance(RequestEnded("deadline"), Exception)

    def test_it_says_why(self):
        error = RequestEnded("client-gone")
        self.assertEqual(error.reason, "client-gone")
        self.assertEqual(str(error), "the request has ended: its client is gone")


class Errors(unittest.TestCase):
    def test_before_the_headers_it_is_a_plain_500(self):
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html"), ("X-Secret", "1")])
            raise LookupError("nothing there")

        result = run(application, target="/path?token=1")
        self.assertEqual(
            (result.status, result.body, result.end), (500, b"Internal Server Error\n", "finish")
        )
        self.assertTrue(result.header("content-type").startswith("text/plain"))
        self.assertEqual(result.header("content-length"), str(len(result.body)))
        self.assertIsNone(result.header("x-secret"))
        self.assertIn("wasgi: GET /path: error in the application", result.log)
        self.assertIn("LookupError: nothing there", result.log)
        self.assertNotIn("token", result.log)

    def test_the_traceback_begins_with_the_application(self):
        def application(environ, start_response):
            raise LookupError

        lines = run(application).log.splitlines()
        self.assertEqual(lines[1], "Traceback (most recent call last):")
        self.assertIn("in application", lines[2])
        self.assertNotIn("gateway.py", "\n".join(lines))

    def test_in_the_iteration_before_the_first_block(self):
        iterable = Iterable(b"", LookupError())
        self.assertEqual(run(returning(iterable)).status, 500)
        self.assertEqual(iterable.closed, 1)

    def test_after_the_headers_the_response_is_cut(self):
        iterable = Iterable(b"some", LookupError("late"))
        result = run(returning(iterable))
        self.assertEqual((result.status, result.body, result.end), (200, b"some", "abort"))
        self.assertIn("LookupError: late", result.log)
        self.assertEqual(iterable.closed, 1)

    def test_after_all_announced_bytes_the_response_is_whole(self):
        def application(environ, start_response):
            start_response("200 OK", [("Content-Length", "4")])(b"some")
            raise LookupError("late")

        result = run(application)
        self.assertEqual((result.body, result.end), (b"some", "finish"))
        self.assertIn("LookupError: late", result.log)

    def test_no_exception_of_the_application_gets_out(self):
        for error in (SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException("own")):

            def application(environ, start_response, error=error):
                raise error

            result = run(application)
            self.assertEqual((result.status, result.end), (500, "finish"))
            self.assertIn(f"the application raised {type(error).__name__}", result.log)

    def test_an_oserror_of_the_application_is_no_lost_client(self):
        for error in (FileNotFoundError("data.txt"), BrokenPipeError("own pipe")):
            result = run(returning(Iterable(error)))
            self.assertEqual(result.status, 500)
            self.assertIn(f"{type(error).__name__}: ", result.log)

    def test_recursion(self):
        def application(environ, start_response):
            return application(environ, start_response)

        result = run(application)
        self.assertEqual(result.status, 500)
        self.assertIn("RecursionError", result.log)
        self.assertLess(len(result.log), 5000)

    def test_an_exception_that_cannot_be_shown(self):
        class Odd(Exception):
            def __str__(self):
                raise SystemError

        result = run(returning(Iterable(Odd())))
        self.assertEqual(result.status, 500)
        self.assertIn("Odd", result.log)

    def test_a_field_that_the_host_refuses(self):
        errors = [ValueError("the host refuses the header 'x-a'")]
        failures = {"start": lambda: errors.pop() if errors else None}
        result = run(returning([b"x"], headers=[("X-A", "1")]), failures=failures)
        self.assertEqual((result.status, result.end), (500, "finish"))
        self.assertIn("refuses the header 'x-a'", result.log)

    def test_a_host_that_refuses_everything(self):
        result = run(returning([b"x"]), failures={"start": ValueError("no")})
        self.assertEqual(result.events, [("abort",)])

    def test_a_closed_stderr_costs_nothing(self):
        log = io.StringIO()
        log.close()
        request = FakeRequest()
        with contextlib.redirect_stderr(log):
            serve(returning(Iterable(LookupError())), request, {})
        self.assertEqual(request.events[0][1], 500)


class Memory(unittest.TestCase):
    def test_is_answered_after_the_applications_memory_is_released(self):
        freed, alive = [], []

        class Hog:
            def __del__(self):
                freed.append(True)

        class Request(FakeRequest):
            def start(self, status, headers):
                alive.append(not freed)
                super().start(status, headers)

        def application(environ, start_response):
            hog = Hog()
            start_response("200 OK", [])
            raise MemoryError(hog is None)

        request, log = Request(), io.StringIO()
        with contextlib.redirect_stderr(log):
            serve(application, request, {})
        self.assertEqual(alive, [False], "the 500 was sent while the application still held its memory")
        self.assertEqual(request.events[0][1], 500)
        self.assertIn("MemoryError", log.getvalue())
        self.assertIn("in application", log.getvalue())

    def assert_told(self, result):
        self.assertEqual(
            (result.status, result.body, result.end),
            (500, b"The request reached its memory cap.\n", "finish"),
        )
        self.assertEqual(result.header("content-length"), str(len(result.body)))
        first = result.log.splitlines()[0]
        self.assertRegex(
            first, r"^wasgi: GET /: MemoryError at [^ ]+tests/[a-z_]+\.py:[0-9]+ in [A-Z][\w.<>]+$"
        )
        self.assertIn("Traceback", result.log)

    def test_is_told_to_the_client_wherever_it_is_raised(self):
        def before(environ, start_response):
            raise MemoryError

        def in_start_response(environ, start_response):
            with unittest.mock.patch("wasgi_guest.response.encode_headers", side_effect=MemoryError):
                start_response("200 OK", [])

        def in_write(environ, start_response):
            start_response("200 OK", [])(b"x")

        def lazily(environ, start_response):
            start_response("200 OK", [])
            raise MemoryError
            yield

        for application in (before, lazily, in_write):
            errors = [MemoryError()]
            failures = {"start": lambda errors=errors: errors.pop() if errors else None}
            self.assert_told(run(application, failures=failures if application is in_write else {}))
        self.assertEqual(run(in_start_response).body, b"The request reached its memory cap.\n")

    def test_after_the_headers_and_in_close_it_is_told_to_the_log(self):
        class Failing(Iterable):
            def close(self):
                raise MemoryError

        result = run(returning(Iterable(b"some", MemoryError())))
        self.assertEqual((result.status, result.body, result.end), (200, b"some", "abort"))
        self.assertIn("MemoryError at ", result.log)
        result = run(returning(Failing(b"a")))
        self.assertEqual((result.status, result.body, result.end), (200, b"a", "finish"))
        self.assertIn("Failing.close\n", result.log)

    def test_names_the_place_that_is_most_the_applications_own(self):
        def site(*filenames):
            """Raises through one frame in each file, the outermost first."""
            call, scope = "raise MemoryError", {}
            for filename in reversed(filenames):
                exec(compile(f"def step(): {call}", filename, "exec"), scope)
                scope, call = {"inner": scope["step"]}, "inner()"
            try:
                scope["inner"]()
            except MemoryError as error:
                log = io.StringIO()
                log_error(log, ("GET", "/"), error.with_traceback(error.__traceback__.tb_next))
                return log.getvalue().splitlines()[0].partition("MemoryError ")[2]

        package, library = f"{layout.PACKAGES}p/m.py", f"{layout.STDLIB}json.py"
        self.assertEqual(site("/app/a.py", "/app/b.py", package, library), "at /app/b.py:1 in step")
        self.assertEqual(site(library, package, library), f"at {package}:1 in step")
        self.assertEqual(site(f"{layout.STDLIB}x.py", library), f"at {library}:1 in step")

    def test_memory_kept_back_is_given_back(self):
        held = bytearray(1)
        with unittest.mock.patch("wasgi_guest.reserve.release", held.clear):
            run(returning(Iterable(MemoryError())))
        self.assertEqual(held, b"")

    def test_no_memory_for_the_traceback_either(self):
        class Poor(Exception):
            def __str__(self):
                raise MemoryError

        class Stderr(io.StringIO):
            def write(self, text):
                if "Traceback" in text:
                    raise MemoryError
                return super().write(text)

        request, log = FakeRequest(), Stderr()
        with contextlib.redirect_stderr(log):
            serve(returning(Iterable(MemoryError())), request, {})
        self.assertEqual(request.events[0][1], 500)
        with unittest.mock.patch("wasgi_guest.tracebacks.format_error", side_effect=MemoryError):
            result = run(returning(Iterable(Poor())))
        self.assertIn("traceback cannot be shown", result.log)


class LostClient(unittest.TestCase):
    def assert_quiet(self, result, iterable):
        self.assertEqual(iterable.closed, 1)
        self.assertEqual(result.log.count("\n"), 1, result.log)
        self.assertIn("the client went away", result.log)
        self.assertEqual(result.end, "abort")

    def test_at_the_headers_and_at_a_block(self):
        for what in ("start", "write"):
            iterable = Iterable(b"a", b"b")
            result = run(returning(iterable), failures={what: BrokenPipeError("gone")})
            self.assert_quiet(result, iterable)
            self.assertEqual(iterable.given, 1)

    def test_at_the_end(self):
        iterable = Iterable(b"a")
        result = run(returning(iterable), failures={"finish": OSError("gone")})
        self.assertEqual((iterable.closed, result.log.count("\n")), (1, 1))

    def test_while_the_body_is_read(self):
        closed = []

        def application(environ, start_response):
            try:
                start_response("200 OK", [])
                yield environ["wsgi.input"].read()
            finally:
                closed.append(True)

        result = run(application, "POST", body=[b"x", OSError("reset")])
        self.assertEqual((closed, result.status, result.end), ([True], 400, "finish"))
        self.assertEqual(result.log.count("\n"), 1, result.log)

    def test_a_broken_body_after_the_head_is_a_cut(self):
        def application(environ, start_response):
            start_response("200 OK", [])
            yield b"a"
            yield environ["wsgi.input"].read()

        result = run(application, "POST", body=[b"x", OSError("invalid chunk")])
        self.assertEqual((result.status, result.body, result.end), (200, b"a", "abort"))

    def test_a_client_that_is_really_gone_costs_nothing(self):
        def application(environ, start_response):
            environ["wsgi.input"].read()

        failures = {"write": BrokenPipeError("gone")}
        result = run(application, "POST", body=[OSError("reset")], failures=failures)
        self.assertEqual((result.end, result.log.count("\n")), ("abort", 1))

    def test_in_write(self):
        def application(environ, start_response):
            write = start_response("200 OK", [])
            with self.assertRaises(OSError):
                write(b"a")
            write(b"b")
            return []

        result = run(application, failures={"write": BrokenPipeError("gone")})
        self.assertEqual(result.log.count("\n"), 1, result.log)


class Close(unittest.TestCase):
    def test_is_called_once_after_the_end(self):
        order = []

        class Noting(Iterable):
            def close(self):
                super().close()
                order.append([event[0] for event in request.events])

        iterable = Noting(b"a")
        request = FakeRequest()
        serve(returning(iterable), request, {})
        self.assertEqual(iterable.closed, 1)
        self.assertEqual(order, [["start", "write", "finish"]])

    def test_a_generator_runs_its_finally(self):
        order = []

        def application(environ, start_response):
            start_response("200 OK", [("Content-Length", "1")])
            try:
                yield b"ab"
                order.append("went on")
            finally:
                order.append("finally")

        run(application)
        self.assertEqual(order, ["finally"])

    def test_even_if_the_iterable_cannot_be_iterated(self):
        class Broken:
            closed = False

            def __iter__(self):
                raise TypeError("own reason")

            def close(self):
                self.closed = True

        iterable = Broken()
        result = run(returning(iterable))
        self.assertEqual((result.status, iterable.closed), (500, True))
        self.assertIn("own reason", result.log)

    def test_even_if_start_response_was_never_called(self):
        iterable = Iterable(b"x")
        self.assertEqual(run(lambda environ, start_response: iterable).status, 500)
        self.assertEqual(iterable.closed, 1)

    def test_its_errors_are_only_told(self):
        class Failing(Iterable):
            def close(self):
                raise SystemExit("in close")

        result = run(returning(Failing(b"a")))
        self.assertEqual((result.status, result.body, result.end), (200, b"a", "finish"))
        self.assertIn("SystemExit: in close", result.log)


class Footprint(unittest.TestCase):
    def test_nothing_is_imported_on_the_way_to_an_error(self):
        """Runs in a separate process, because this one has imported everything already."""
        code = (
            "import sys, wasgi_guest.warm, wasgi_guest.gateway\n"
            "from tests.fake import FakeRequest\n"
            "wasgi_guest.warm.up()\n"
            "def name(e, s): return undefined\n"
            "def call(e, s): return {'a': 1}['b'][0] + 2\n"
            "def attribute(e, s): return sys.modulez\n"
            "def exit(e, s): sys.exit(1)\n"
            "def load(e, s): from os import nothing_such\n"
            "def group(e, s): raise ExceptionGroup('g', [ValueError(), KeyError()])\n"
            "before = set(sys.modules)\n"
            "for app in (name, call, attribute, exit, load, group):\n"
            "    wasgi_guest.gateway.serve(app, FakeRequest(), {})\n"
            "print(sorted(set(sys.modules) - before))\n"
        )
        guest = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        folders = (guest, os.path.join(guest, "python"), os.path.join(guest, "hooks"))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
        done = subprocess.run(
            [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        self.assertEqual(done.stdout.strip(), "[]")
        self.assertEqual(done.stderr.count("wasgi: GET /"), 6)


if __name__ == "__main__":
    unittest.main()
