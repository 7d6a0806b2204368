"""Coroutines of packages, under Flask."""

import asyncio
import threading

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx
from asgiref.sync import async_to_sync, sync_to_async
from flask import Flask

app = Flask(__name__)


def _thread():
    return threading.current_thread().name


@app.get("/")
def index():
    return "index"


@app.get("/view")
async def view():
    await asyncio.sleep(0.01)
    return "awaited"


@app.get("/sensitive")
async def sensitive():
    """Code that has to run in the request's thread does, and other code does not."""
    others = await sync_to_async(_thread, thread_sensitive=False)()
    return [await sync_to_async(_thread)(), others.startswith("asyncio_")]


@app.get("/nested")
def nested():
    async def innermost():
        await asyncio.sleep(0)
        return _thread()

    async def outer():
        return await sync_to_async(async_to_sync(innermost))(), await sync_to_async(_thread)()

    return list(async_to_sync(outer)())


@app.get("/anyio")
def with_anyio():
    async def main():
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(3600)
        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(anyio.to_thread.run_sync, pow, 2, number)
        ask = anyio.to_thread.run_sync(anyio.from_thread.run_sync, _thread)
        return scope.cancelled_caught, await anyio.to_thread.run_sync(pow, 2, 5), await ask

    return list(anyio.run(main))


async def _asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"asgi"})


def _wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"wsgi"]


@app.get("/httpx")
async def with_httpx():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_asgi)) as client:
        asgi = await client.get("http://asgi/")
    mock = httpx.MockTransport(lambda request: httpx.Response(200, text="mock"))
    async with httpx.AsyncClient(transport=mock) as client:
        mocked = await client.get("http://mock/")
    with httpx.Client(transport=httpx.WSGITransport(_wsgi)) as client:
        return [asgi.text, mocked.text, client.get("http://wsgi/").text]
