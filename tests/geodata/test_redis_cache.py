"""The site's caches on a real Redis."""

from django.core.cache import caches as django_caches

from geodata.redis_cache import KeptClient
from geodata.settings.databases import caches


def test_redis_cache_keeps_one_client(redis_url):
    cache = KeptClient([redis_url])

    assert cache.get_client() is cache.get_client("key", write=True)


def test_tiles_cache_returns_bytes_as_they_were_and_never_unpickles(redis_url, settings):
    settings.CACHES = caches(redis_url)
    tiles = django_caches["tiles"]
    tiles.set("tile", b"\x89PNG", 60)

    assert tiles.get("tile") == b"\x89PNG"
    assert tiles.add("tile:rendering", 1, 60)
    assert not tiles.add("tile:rendering", 1, 60)
    tiles.set("seven", b"7", 60)
    assert tiles.get("seven") == b"7"


def test_default_cache_keeps_values_of_every_type(redis_url, settings):
    settings.CACHES = caches(redis_url)
    django_caches["default"].set("fact", {"a": [1, None]}, 60)

    assert django_caches["default"].get("fact") == {"a": [1, None]}
