"""Drivers over libpq talk to PostgreSQL in a sandbox as they do natively."""

import json
import os
import socket
import unittest
from unittest import mock
from urllib.parse import quote

import postgresql
from servers import native, sandboxed

#: What each application does with a connection.
ALL = "types rows large transactions copied errors killed cursors notified waited cancelled secured pooled"
WORK = {"by_psycopg": f"{ALL} pipelined awaited", "by_psycopg2": ALL}
JOINED = {"by_psycopg": "psycopg-binary", "by_psycopg2": "psycopg2"}


class Drivers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        started = postgresql.started()
        cls.database = cls.enterClassContext(started)
        # Takes connections, and says nothing.
        cls.silent = cls.enterClassContext(socket.create_server(("127.0.0.1", 0))).getsockname()[1]

    def where(self, **more):
        port, password = self.database.port, postgresql.PASSWORD
        words = {"host": "127.0.0.1", "port": port, "user": "owner", "password": password, **more}
        words = {"dbname": "postgres", "sslmode": "disable", "connect_timeout": 20, **words}
        return " ".join(f"{name}='{value}'" for name, value in words.items())

    def ask(self, server, path, **where):
        status, answer = server.ask(
            f"/{path}?dsn={quote(self.where(**where))}", "POST", self.database.authority
        )
        self.assertEqual(status, 200, f"{answer}\n{server.log}")
        return json.loads(answer)

    def same(self, sandbox, reference, path, **where):
        answer = self.ask(sandbox, path, **where)
        self.assertEqual(answer, self.ask(reference, path, **where), f"{path} {where}")
        return answer

    def work_as_natively(self, app):
        granted = [f"--allow-net=127.0.0.1:{port}" for port in (self.database.port, self.silent)]
        with sandboxed(f"{app}.py", *granted) as sandbox, native(app) as reference:
            self.assertRegex(sandbox.log, rf"joined to the interpreter: .*{JOINED[app]} \d.*libpq \d")
            for path in WORK[app].split():
                with self.subTest(path):
                    self.same(sandbox, reference, path)
            with self.subTest("a name"):
                self.assertEqual(self.same(sandbox, reference, "rows", host="localhost")[0], 1000)
            with self.subTest("refused logins and addresses"):
                self.refuses(sandbox, reference)
            with self.subTest("TLS"):
                self.encrypts(sandbox, reference)
            with self.subTest("at import"):
                self.assertIn("a connection cannot be part of a snapshot", self.ask(sandbox, "at_import"))

    def refuses(self, sandbox, reference):
        wrong = self.same(sandbox, reference, "rows", password="wrong")
        self.assertEqual(wrong[0], "OperationalError")
        self.assertIn("password authentication failed", wrong[1])
        self.same(sandbox, reference, "rows", dbname="nothing")
        late = self.same(sandbox, reference, "rows", port=self.silent, connect_timeout=2)
        self.assertIn("timeout expired", late[1])
        refused = self.ask(sandbox, "rows", host="127.0.0.2")
        self.assertEqual(refused[0], "OperationalError")
        self.assertIn(f"--allow-net 127.0.0.2:{self.database.port}", refused[1])
        unknown = self.ask(sandbox, "rows", host="db.example.com")
        self.assertEqual(unknown[0], "OperationalError")
        self.assertIn("--allow-net db.example.com:", unknown[1])

    def encrypts(self, sandbox, reference):
        encrypted = self.same(sandbox, reference, "secured", sslmode="require")
        self.assertEqual(encrypted[0], [True, "TLSv1.3"])
        verified = {"sslmode": "verify-full", "sslrootcert": "/tmp/authority.pem"}
        self.same(sandbox, reference, "secured", **verified)
        self.same(sandbox, reference, "large", **verified)
        self.same(sandbox, reference, "copied", **verified)
        other = self.same(sandbox, reference, "secured", **verified, host="localhost", hostaddr="127.0.0.1")
        self.assertIn('does not match host name "localhost"', other[1])
        self.same(sandbox, reference, "secured", sslmode="verify-full", sslrootcert="/tmp/nothing.pem")

    def test_psycopg_works_as_natively(self):
        self.work_as_natively("by_psycopg")

    def test_psycopg2_works_as_natively(self):
        self.work_as_natively("by_psycopg2")

    def test_a_deadline_ends_a_query(self):
        for app in WORK:
            granted = f"127.0.0.1:{self.database.port}"
            with sandboxed(f"{app}.py", "--allow-net", granted, "--timeout", "2s") as sandbox:
                status, _ = sandbox.ask(f"/sleeping?dsn={quote(self.where())}", "POST", "")
                self.assertEqual(status, 504, sandbox.log)
                # And not dropped by the host, as one that does not hear of its end.
                sandbox.wait_for(r"POST /sleeping 504 .* deadline\n")

    def frameworks_keep_models(self, driver):
        given = {"DRIVER": driver, "PASSWORD": postgresql.PASSWORD, "PORT": str(self.database.port)}
        options = [f"--env={name}={value}" for name, value in given.items()]
        granted = ["--allow-net", f"127.0.0.1:{self.database.port}", "--memory", "256MiB"]
        with mock.patch.dict(os.environ, given):
            reference = self.enterContext(native("by_django"))
        sandbox = self.enterContext(sandboxed("by_django.py", *options, *granted))
        for path in ["migrated", "kept", "rolled_back", "many", "mapped"]:
            status, expected = reference.ask(f"/{path}")
            self.assertEqual(status, 200, reference.log)
            self.assertEqual(sandbox.ask(f"/{path}"), (200, expected), f"{path}\n{sandbox.log}")

    def test_frameworks_keep_models_by_psycopg(self):
        self.frameworks_keep_models("psycopg")

    def test_frameworks_keep_models_by_psycopg2(self):
        self.frameworks_keep_models("psycopg2")

    def test_a_host_that_lets_nobody_out_is_told_of(self):
        with sandboxed("by_psycopg.py") as sandbox:
            refused = self.ask(sandbox, "rows")
            self.assertEqual(refused[0], "OperationalError")
            self.assertIn(f"--allow-net 127.0.0.1:{self.database.port}", refused[1])
