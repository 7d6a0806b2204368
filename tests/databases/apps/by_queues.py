"""Celery, RQ and Huey on Redis: a request puts a task into the queue, and a worker beside it takes it out.

`/put?LIBRARY` is what an application does. `/work?LIBRARY=ID` is the worker, which runs natively alone, and
`/result?LIBRARY=ID` asks what it brought.
"""

import os
import subprocess
import sys
from pathlib import Path

import redis
from celery import Celery
from celery.contrib.testing.worker import start_worker
from given import password, told
from huey import RedisHuey
from rq import Queue
from rq.job import Job

ADDRESS = f"redis://owner:{password()}@127.0.0.1:{os.environ['PORT']}/0"
STORE = redis.Redis.from_url(ADDRESS)

celery = Celery("by_queues", broker=ADDRESS, backend=ADDRESS)
queue = Queue(connection=STORE)
huey = RedisHuey("by_queues", url=ADDRESS, immediate=False)


def added(one, other):
    return f"{one + other} ☂"


by_celery = celery.task(added, name="added")
by_huey = huey.task()(added)


def put(library):
    """The task's identifier."""
    if library == "celery":
        return by_celery.delay(1, other=2).id
    return by_huey(1, other=2).id if library == "huey" else queue.enqueue(added, 1, other=2).id


def work(query):
    """Has a worker of the library take what waits in the queue, until it has taken this task."""
    library, _, task = query.partition("=")
    if library == "celery":
        with start_worker(celery, pool="solo", perform_ping_check=False):
            return celery.AsyncResult(task).get(timeout=60)
    if library == "huey":
        return huey.execute(huey.dequeue())
    worker = [sys.executable, "-m", "rq.cli", "worker", "--burst", "--url", ADDRESS]
    subprocess.run(worker, cwd=Path(__file__).parent, check=True, capture_output=True)
    return result(query)


def result(query):
    """What came of the task, or None as long as nothing has."""
    library, _, task = query.partition("=")
    if library == "celery":
        found = celery.AsyncResult(task)
        return found.result if found.ready() else None
    if library == "huey":
        return huey.result(task, preserve=True)
    return Job.fetch(task, STORE).return_value()


application = told(globals(), redis.RedisError)
