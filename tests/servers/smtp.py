"""An SMTP server that prints the mail it gets: `smtp.py [CERTIFICATE KEY]`.

With a certificate it wants STARTTLS and a login by `owner` with the password of the environment.
"""

import asyncio
import os
import signal
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Printing:
    """Prints who sends to whom, and how long it is."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- aiosmtpd's name
        lines = envelope.content.decode().splitlines()
        subject = next(line for line in lines if line.startswith("Subject: "))
        secured = session.ssl is not None
        print(f"smtp: {envelope.mail_from} to {envelope.rcpt_tos} {subject} TLS {secured}", flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, given):
    known = (b"owner", os.environ["PASSWORD"].encode())
    is_known = isinstance(given, LoginPassword) and (given.login, given.password) == known
    return AuthResult(success=is_known, handled=False)


def secured(certificate, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": authenticate,
    }


async def main(files):
    options = secured(*files) if files else {}
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: SMTP(Printing(), **options), "127.0.0.1", 0)
    print(f"smtp: ready on {server.sockets[0].getsockname()[1]}", flush=True)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
