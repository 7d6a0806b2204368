"""Mail by smtplib, and by Flask-Mail over it."""

import smtplib
from email.message import EmailMessage

from flask import Flask
from flask_mail import Mail, Message
from given import TIMEOUT, context, password, port, told


def sent(query, host="127.0.0.1", secret=None):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "shop@example.com",
        "a@example.com, b@example.com",
        "by smtplib",
    )
    message.set_content("naïve\n.\na line that begins by a dot\n" + "x" * 100_000 + "\n")
    with smtplib.SMTP(host, port(query), timeout=TIMEOUT) as server:
        if context(query):
            server.starttls(context=context(query))
            server.login("owner", secret or password())
        return server.send_message(message)


def without_tls(query):
    with smtplib.SMTP("127.0.0.1", port(query), timeout=TIMEOUT) as server:
        return server.sendmail("shop@example.com", ["a@example.com"], "Subject: without STARTTLS\n\n")


def by_flask_mail(query):
    shop = Flask(__name__)
    shop.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port(query), MAIL_DEFAULT_SENDER="shop@example.com")
    with shop.app_context():
        Mail(shop).send(Message("by Flask-Mail", recipients=["a@example.com"], body="told", html="<p>told"))


def wrong_password(query):
    return sent(query, secret="wrong")


def by_name(query):
    return sent(query, host="localhost")


def slow(query):
    """Waits for a reply to nothing."""
    with smtplib.SMTP("127.0.0.1", port(query), timeout=TIMEOUT) as server:
        server.putcmd("NOOP")
        return [server.getreply(), server.getreply()]


connecting = sent
application = told(globals(), (smtplib.SMTPException, OSError))
