"""As Kinto's own app.wsgi."""

import configparser
import os

import kinto

config = configparser.ConfigParser()
config.read(os.path.join(os.path.dirname(os.path.abspath(__file__)), "kinto.ini"))
application = kinto.main({}, **dict(config.items("app:main")))
