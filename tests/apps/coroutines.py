"""Runs coroutines as the path names it, and tells what came of it."""

import json


def _sleep():
    import asyncio

    async def nap(number):
        await asyncio.sleep(0.01)
        return number

    async def main():
        return await asyncio.gather(nap(1), nap(2))

    return asyncio.run(main())


def _structured():
    import asyncio

    async def main():
        queue = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(queue.put("put"))
            got = group.create_task(queue.get())
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(3600)
        except TimeoutError:
            return got.result(), "timed out"

    with asyncio.Runner() as runner:
        return runner.run(main())


def _threads():
    import asyncio
    import threading

    async def main():
        loop = asyncio.get_running_loop()

        async def is_main():
            await asyncio.sleep(0.01)
            return threading.current_thread() is threading.main_thread()

        def ask():
            return asyncio.run_coroutine_threadsafe(is_main(), loop).result()

        squares = await asyncio.gather(*(loop.run_in_executor(None, pow, number, 2) for number in range(3)))
        own = await asyncio.to_thread(asyncio.run, asyncio.sleep(0.01, "own loop"))
        return squares, await asyncio.to_thread(ask), own

    return asyncio.run(main())


def _refused():
    import asyncio

    tries = [
        asyncio.create_subprocess_exec("true"),
        asyncio.create_subprocess_shell("true", stdout=asyncio.subprocess.PIPE),
        asyncio.open_connection("127.0.0.1", 80),
        asyncio.start_server(print, "127.0.0.1", 0),
    ]
    found = []
    for each in tries:
        try:
            asyncio.run(each)
        except OSError as error:
            found.append(type(error).__name__)
    return found


def _signalled():
    """What a process sends to itself, by either way."""
    import asyncio
    import os
    import signal

    async def main():
        loop, seen = asyncio.get_running_loop(), asyncio.Queue()
        loop.add_signal_handler(signal.SIGTERM, seen.put_nowait, "caught")
        signal.raise_signal(signal.SIGTERM)
        first = await seen.get()
        os.kill(os.getpid(), signal.SIGTERM)
        return first, await seen.get(), loop.remove_signal_handler(signal.SIGTERM)

    return asyncio.run(main())


_WAYS = {
    "signalled": _signalled,
    "sleep": _sleep,
    "structured": _structured,
    "threads": _threads,
    "refused": _refused,
}


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(_WAYS[environ["PATH_INFO"].rpartition("/")[2]]()).encode()]
