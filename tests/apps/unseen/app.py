"""Holds objects that must be left alone until a request looks at them: `/seen` tells whether they were."""

import json
import os
import sys

import traps

OBJECTS = traps.one_of_each() + traps.proxies()
PLACES = traps.scattered(OBJECTS)
MODE = traps.Lazy(lambda: os.environ.get("MODE", "unset"))
HELD = {"mode": MODE, MODE: [MODE]}


class Settings:
    mode = MODE


settings = Settings()
settings.own = MODE
globals().update({f"object_{number}": value for number, value in enumerate(OBJECTS)})
globals().update({traps.Alike(name): MODE for name in ("application", "create_app", "__wrapped__")})
sys.modules["trapped"] = traps._module(traps.kind_of(type(sys)))
sys.modules["lazy"] = MODE


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    if environ["PATH_INFO"] != "/seen":
        return [b'"unseen"']
    seen = list(traps.disarm())
    return [json.dumps({"seen": seen, "mode": [str(MODE), str(Settings.mode), str(settings.own)]}).encode()]


traps.arm()
