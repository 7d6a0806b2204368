"""Redis by redis-py: a cache, a queue, a counter, a script, and messages that are published."""

import redis
from given import TIMEOUT, authority, password, port, secured, told


def connected(query, host="127.0.0.1", secret=None, timeout=TIMEOUT):
    tls = {"ssl": True, "ssl_ca_data": authority()} if secured(query) else {}
    return redis.Redis(
        host,
        port(query),
        username="owner",
        password=secret or password(),
        decode_responses=True,
        socket_timeout=timeout,
        socket_connect_timeout=TIMEOUT,
        retry=None,
        **tls,
    )


def cached(query):
    store = connected(query)
    told = [store.get("greeting"), store.set("greeting", "naïve ☂", ex=60), store.get("greeting")]
    told += [0 < store.ttl("greeting") <= 60, store.delete("greeting")]
    return told


def structures(query):
    store = connected(query)
    with store.pipeline() as pipe:
        pipe.delete("queue", "fields", "counter")
        pipe.rpush("queue", *range(5)).hset("fields", mapping={"a": 1, "b": "two"}).incrby("counter", 41)
        pipe.incr("counter").lrange("queue", 1, 3).hgetall("fields")
        told = pipe.execute()[1:]
    script = store.register_script("return redis.call('incrby', KEYS[1], ARGV[1])")
    return [told, script(keys=["counter"], args=[8])]


def large(query):
    store = connected(query)
    store.set("large", "x" * 5_000_000, ex=60)
    return len(store.get("large"))


def published(query):
    store = connected(query)
    with store.pubsub() as listening:
        listening.subscribe("news")
        store.publish("news", "told")
        kinds = [listening.get_message(timeout=TIMEOUT) for _ in range(2)]
        return [[kind["type"], kind["data"]] for kind in kinds]


def connecting(query):
    return connected(query).ping()


def by_name(query):
    return connected(query, host="localhost").ping()


def slow(query):
    """A command that takes longer than the client waits."""
    return connected(query).blpop("nobody pushes", 600)


def waiting(query):
    """How many clients wait."""
    return sum(client["cmd"] == "blpop" for client in connected(query).client_list())


def sleeping(query):
    return connected(query, timeout=None).blpop("nobody pushes", 600)


def wrong_password(query):
    return connected(query, secret="wrong").ping()


application = told(globals(), redis.RedisError)
