"""The shared tile cache: one rendering for a burst, across threads and processes, and none of it needed to serve."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tiles import cache
from tiles.cache import cached_tile, tile_key
from tiles.references import SourceRef


@pytest.fixture
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of our own on a socket."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server")
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "s"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not socket.exists():
            assert process.poll() is None
            time.sleep(0.01)
        yield f"unix://{socket}"
        process.terminate()


@pytest.fixture(autouse=True)
def _healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_paused_until", 0.0)


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
    children = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0]
    assert log.read_text() == "rendered\n"


def test_cached_tile_without_redis_is_rendered(settings, tmp_path):
    settings.CACHES = {
        **settings.CACHES,
        "tiles": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"unix://{tmp_path}/nobody"},
    }
    started = time.monotonic()
    assert [cached_tile(f"k{i}", lambda: b"tile") for i in range(50)] == [b"tile"] * 50
    assert time.monotonic() - started < 2


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
