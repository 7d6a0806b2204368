"""An application that measures work: the names at /, and the seconds that one takes at /N."""

import json
import time

#: Seconds that one measurement takes at least.
LONG_ENOUGH = 0.2


def seconds(work):
    """Of one, as the mean of as many as it takes to be timed."""
    work()
    count = 0
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < LONG_ENOUGH or not count:
        work()
        count += 1
    return took / count


def measuring(work):
    """Of work by its names."""

    def app(environ, start_response):
        asked = environ["PATH_INFO"].strip("/")
        answer = seconds(list(work.values())[int(asked)]) if asked else list(work)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    return app
