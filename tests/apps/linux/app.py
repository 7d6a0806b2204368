"""Serves what the modules beside it tell, at /<module>."""

import json

import calls
import descriptors
import maps
import names
import waiting
import zones


def app(environ, start_response):
    told = {
        "/calls": calls.told,
        "/descriptors": lambda: descriptors.told("/tmp"),
        "/maps": lambda: maps.told("/tmp"),
        "/names": names.missing,
        "/waiting": lambda: waiting.told("/tmp"),
        "/zones": zones.told,
    }[environ["PATH_INFO"]]()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
