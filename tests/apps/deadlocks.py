"""Waits, as the path names it, for what nothing can give; tells of the error."""

import threading
import time


def _lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def _event():
    threading.Event().wait()


def _queue():
    import queue

    queue.Queue().get()


def _simple_queue():
    import queue

    queue.SimpleQueue().get()


def _loop():
    import asyncio

    async def main():
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def _back_and_forth():
    question, answer, thanks, end = (threading.Event() for _ in range(4))

    def reply():
        question.wait()
        answer.set()
        thanks.wait()
        end.set()

    thread = threading.Thread(target=reply, name="replier")
    thread.start()
    question.set()
    answer.wait()
    thanks.set()
    thread.join()
    end.wait()


def _sleep():
    threading.Thread(target=time.sleep, args=(3600,)).start()
    time.sleep(3600)


def _wait():
    threading.Thread(target=threading.Event().wait, args=(3600,)).start()
    threading.Event().wait()


def _coroutine():
    import asyncio

    asyncio.run(asyncio.sleep(3600))


_WAYS = {
    "lock": _lock,
    "event": _event,
    "queue": _queue,
    "simple-queue": _simple_queue,
    "loop": _loop,
    "back-and-forth": _back_and_forth,
    "sleep": _sleep,
    "wait": _wait,
    "coroutine": _coroutine,
}


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        told = _WAYS[environ["PATH_INFO"].rpartition("/")[2]]()
    except Exception as error:
        kind = f"{type(error).__module__}.{type(error).__name__}"
        told = f"{kind}, a RuntimeError: {isinstance(error, RuntimeError)}: {error}"
    except BaseException as error:
        print("left by", type(error).__name__)
        raise
    return [told.encode()]
