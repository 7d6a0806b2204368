"""Notes on what an application keeps in memory."""

import sys
import types
import unittest
from unittest import mock

from wasgi_guest import forgetful


def kind(module: str, name: str) -> type:
    return type(name, (), {"__module__": module})


class Notes(unittest.TestCase):
    def test_of_each_kind_that_has_an_instance(self):
        self.assertEqual(forgetful.notes(), [])
        unused = kind("cachelib.simple", "SimpleCache")
        self.assertEqual(forgetful.notes(), [], "a class alone keeps nothing")
        kept = [kind("limits.storage.memory", "MemoryStorage")() for _ in range(2)]
        kept.append(kind("own", "LocMemCache")())
        for each in kept:
            each.entries = {}
        (note,) = forgetful.notes()
        self.assertTrue(note.startswith("limits.storage.memory.MemoryStorage counts in memory"), note)
        del unused

    def test_of_settings_that_ask_for_the_cache_in_memory(self):
        local = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        throttled = {"DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"]}
        in_cache = "django.contrib.sessions.backends.cache"
        with django(CACHES=local, REST_FRAMEWORK=throttled, SESSION_ENGINE=in_cache):
            sessions, throttles = forgetful.notes()
        self.assertIn("nobody stays logged in", sessions)
        self.assertIn("nobody is refused", throttles)
        shared = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
        for kept in [
            {"CACHES": shared, "REST_FRAMEWORK": throttled, "SESSION_ENGINE": in_cache},
            {"CACHES": local, "REST_FRAMEWORK": {"DEFAULT_THROTTLE_CLASSES": []}},
            {},
        ]:
            with django(**kept):
                self.assertEqual(forgetful.notes(), [], kept)

    def test_of_settings_that_are_defaults_of_django(self):
        defaults = types.ModuleType("django.conf.global_settings")
        defaults.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        throttled = {"DEFAULT_THROTTLE_CLASSES": ("rest_framework.throttling.AnonRateThrottle",)}
        with django(REST_FRAMEWORK=throttled), mock.patch.dict(sys.modules, {defaults.__name__: defaults}):
            (note,) = forgetful.notes()
        self.assertIn("nobody is refused", note)

    def test_of_a_broker_and_of_sessions_in_memory(self):
        for module, name, attribute, forgets, keeps in [
            (
                "celery.app.base",
                "Celery",
                "_preconf",
                {"broker_url": "memory://"},
                {"broker_url": "redis://db"},
            ),
            (
                "beaker.middleware",
                "SessionMiddleware",
                "options",
                {"type": None},
                {"type": None, "data_dir": "d"},
            ),
        ]:
            made = kind(module, name)()
            with mock.patch.dict(sys.modules, {module: types.ModuleType(module)}):
                setattr(made, attribute, keeps)
                self.assertEqual(forgetful.notes(), [], keeps)
                setattr(made, attribute, forgets)
                (note,) = forgetful.notes()
            self.assertIn("in memory", note)

    def test_asks_no_object_of_the_application(self):
        class Lazy:
            def __getattribute__(self, name):
                raise AssertionError(f"{name} of a lazy object was asked for")

        with django(CACHES=Lazy(), REST_FRAMEWORK=Lazy(), SESSION_ENGINE=Lazy()):
            self.assertEqual(forgetful.notes(), [])


def django(**settings):
    """Puts a `django.conf` with these settings into place."""
    conf = types.ModuleType("django.conf")
    conf.settings = types.SimpleNamespace(_wrapped=types.SimpleNamespace(**settings))
    return mock.patch.dict(sys.modules, {"django.conf": conf})


if __name__ == "__main__":
    unittest.main()
