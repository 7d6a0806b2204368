"""Requests to others by packages that speak HTTP/1.1 over sockets: `/<way>?<origin>`."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import requests
import sentry_sdk
import urllib3

_SIZE = 1_000_000


def by_requests(origin):
    with requests.Session() as session:
        told = [
            session.get(origin + "/echo").json(),
            session.post(origin + "/echo", data=b"x" * _SIZE).json(),
        ]
        followed = session.get(origin + "/redirect?/echo")
        with session.get(origin + "/chunked", stream=True) as response:
            pieces = b"".join(response.iter_content(4)).decode()
    return [[each["method"], each["length"]] for each in told] + [len(followed.history), pieces]


def by_urllib3(origin):
    pool = urllib3.PoolManager()
    told = [pool.request("GET", origin + "/echo").json() for _ in range(2)]
    form = pool.request("POST", origin + "/echo", fields={"a": "b"}).json()
    return [[each["connection"] for each in told], form["headers"]["content-type"].partition(";")[0]]


def by_httpx(origin):
    with httpx.Client(follow_redirects=True) as client:
        pieces = (b"y" * 10_000 for _ in range(10))
        told = [
            client.get(origin + "/redirect?/echo").json(),
            client.post(origin + "/echo", content=pieces).json(),
        ]
    return [[each["method"], each["length"]] for each in told]


def by_httpx_async(origin):
    return asyncio.run(_by_httpx_async(origin))


async def _by_httpx_async(origin):
    async with httpx.AsyncClient() as client:
        posted = await client.post(origin + "/echo", content=b"x" * _SIZE)
        began = anyio.current_time()
        slow = await asyncio.gather(*(client.get(origin + "/slow?300") for _ in range(20)))
        took = anyio.current_time() - began
        async with client.stream("GET", origin + f"/large?{16 << 20}") as response:
            size = sum([len(piece) async for piece in response.aiter_bytes()])
    return [posted.json()["length"], {each.text for each in slow} == {"slow"}, took < 3, size]


def by_threads(origin):
    with ThreadPoolExecutor(5) as pool:
        return list(
            pool.map(lambda number: requests.get(f"{origin}/slow?{number}").text, range(100, 600, 100))
        )


def by_sentry(origin):
    sentry_sdk.init(origin.replace("://", "://key@") + "/1", default_integrations=False)
    sentry_sdk.capture_message("told")
    sentry_sdk.flush(10)
    return "flushed"


def failing(origin):
    told = {}
    for name, ask in {
        "requests": lambda: requests.get(origin, timeout=5),
        "urllib3": lambda: urllib3.PoolManager(retries=False).request("GET", origin),
        "httpx": lambda: httpx.get(origin),
    }.items():
        try:
            ask()
        except (OSError, urllib3.exceptions.HTTPError, httpx.HTTPError) as error:
            told[name] = [each.__name__ for each in type(error).__mro__[:3]]
    return told


def application(environ, start_response):
    way = globals().get(environ["PATH_INFO"].strip("/"), lambda origin: "index")
    said = way(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
