"""The shared tile cache: one rendering for a burst, across threads and processes, and none of it needed to serve."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import caches

from tests.services.processes import PATIENCE
from tiles.rest import base
from tiles.rest.base import cached_tile, tile_key
from tiles.sources.reference import SourceRef


@pytest.fixture(autouse=True)
def _healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_paused_until", 0.0)


def use_redis(url: str) -> None:
    django_settings.CACHES["tiles"] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}


def burst(url: str, key: str, log: Path) -> None:
    """Eight threads of one process ask for one tile; each rendering leaves a line."""
    use_redis(url)

    def render() -> bytes:
        with log.open("a") as lines:
            lines.write("rendered\n")
        time.sleep(0.2)
        return b"tile"

    def ask() -> None:
        assert cached_tile(key, render) == b"tile"

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_cached_tile_burst_of_processes_renders_once(redis_url, tmp_path, settings):
    log = tmp_path / "log"
    script = (
        "import sys, django; from pathlib import Path; django.setup();"
        "from tests.tiles.test_cache import burst; burst(sys.argv[1], 'k', Path(sys.argv[2]))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}
    command = [sys.executable, "-c", script, redis_url, str(log)]
    with redis.from_url(redis_url) as client:
        client.flushall()
    children = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [child.wait(timeout=PATIENCE) for child in children] == [0, 0, 0]
    assert log.read_text() == "rendered\n"


def test_cached_tile_finished_by_another_process_meanwhile_is_not_rendered_again(monkeypatch):
    tiles = caches["tiles"]

    def finish_before(key: str, *rest: object) -> bool:
        tiles.set("k", b"theirs")
        return type(tiles).add(tiles, key, *rest)

    monkeypatch.setattr(tiles, "add", finish_before)
    assert cached_tile("k", lambda: b"ours") == b"theirs"


def test_cached_tile_without_redis_is_rendered_and_redis_is_left_alone(settings, tmp_path, caplog):
    settings.TILES = {**settings.TILES, "cache_pause_seconds": 3600}
    settings.CACHES = {
        **settings.CACHES,
        "tiles": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"unix://{tmp_path}/nobody"},
    }
    assert [cached_tile(f"k{i}", lambda: b"tile") for i in range(50)] == [b"tile"] * 50
    assert len(caplog.records) == 1


def test_cached_tile_keeps_empty_tiles_and_not_huge_ones():
    renderings = []

    def render(content: bytes) -> bytes:
        renderings.append(content)
        return content

    for content in (b"", b"x" * 2**20):
        key = tile_key((SourceRef("/x", "1"),), content[:1], time.time_ns())
        for _ in range(2):
            assert cached_tile(key, lambda content=content: render(content)) == content
    assert [len(content) for content in renderings] == [0, 2**20, 2**20]


def test_cached_tile_failed_rendering_is_tried_again():
    key = tile_key((SourceRef("/x", "1"),), time.time_ns())

    def fail() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cached_tile(key, fail)
    assert cached_tile(key, lambda: b"tile") == b"tile"


def test_tile_key_changes_with_content_and_parameters():
    keys = {
        tile_key((SourceRef("/x", "1"),), "a"),
        tile_key((SourceRef("/x", "2"),), "a"),
        tile_key((SourceRef("/y", "1"),), "a"),
        tile_key((SourceRef("/x", "1"),), "b"),
        tile_key((SourceRef("/x", "1"), SourceRef("/y", "1")), "a"),
    }
    assert len(keys) == 5
