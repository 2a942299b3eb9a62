"""The shared cache of rendered tiles. A burst of requests for one new tile renders it once, across processes."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from django.core.cache import caches

from tiles.conf import TilesSettings, tiles_settings
from tiles.sources.reference import SourceRef

log = logging.getLogger(__name__)

# Raised whenever the same parameters give other pixels, so that no old tile is shown.
RENDERER_VERSION = 4
# Seconds between two looks at whether another process has finished.
POLL_SECONDS = 0.015

# Reasons for which images are missing in what was made, where the next attempt may be better: that isn't kept.
PASSING = ("time", "unreadable")
# What cached content begins with that not all images were looked at for.
LIMITED, LIMIT = b"\x00incomplete\x00", "items"

# What a file's content is known by.
_CONTENT = attrgetter("location", "version", "subdataset")
_flights: dict[str, threading.Lock] = {}
_flights_lock = threading.Lock()
_paused_until = 0.0


def tile_key(refs: tuple[SourceRef, ...], *parameters: object) -> str:
    """The name of what these parameters make of this content: cache key and ETag alike."""
    text = "\n".join(map(str, (RENDERER_VERSION, *map(_CONTENT, refs), *parameters)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def cached_tile(key: str, render: Callable[[], bytes]) -> bytes:
    """The tile of that key from the cache, else from ``render`` (b"": an empty tile), called once for all who wait.

    A cache that fails is left alone for some seconds, and tiles are rendered without it.
    """
    settings = tiles_settings()
    if not settings.cache_alias or not settings.cache_seconds:
        return render()
    found: bytes | None = _ask(settings, "get", key, default=None)
    if found is not None:
        return found
    with _flight(key) as waited:
        found = _ask(settings, "get", key, default=None) if waited else None
        return found if found is not None else _render_once(key, render, settings)


class _Passing(Exception):
    """Content that the next attempt may make better: it is sent, and not kept."""

    def __init__(self, content: bytes, reason: str) -> None:
        super().__init__(reason)
        self.content = content
        self.reason = reason


def cached_reading(key: str, read: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
    """Return the content of that key and why images are missing in it, from the cache, else from ``read``."""

    def keep() -> bytes:
        content, reason = read()
        if reason in PASSING:
            raise _Passing(content, reason)
        return LIMITED + content if reason else content

    try:
        content = cached_tile(key, keep)
    except _Passing as passing:
        return passing.content, passing.reason
    return (content.removeprefix(LIMITED), LIMIT) if content.startswith(LIMITED) else (content, "")


def _render_once(key: str, render: Callable[[], bytes], settings: TilesSettings) -> bytes:
    """Render, unless another process does so already."""
    lock = f"{key}:rendering"
    found: bytes | None
    deadline = time.monotonic() + settings.flight_seconds
    while not _ask(settings, "add", lock, 1, settings.flight_seconds, default=True):
        time.sleep(POLL_SECONDS)
        found = _ask(settings, "get", key, default=None)
        if found is not None:
            return found
        if time.monotonic() > deadline:
            return render()
    try:
        # Whoever had the lock may have finished since the tile was last asked for.
        found = _ask(settings, "get", key, default=None)
        if found is not None:
            return found
        tile = render()
        if len(tile) <= settings.cache_tile_bytes:
            _ask(settings, "set", key, tile, settings.cache_seconds, default=None)
    finally:
        _ask(settings, "delete", lock, default=None)
    return tile


def _ask(settings: TilesSettings, method: str, *arguments: object, default: Any) -> Any:
    """Call a method of the cache, and return its answer, or ``default`` while it is out of order."""
    global _paused_until  # noqa: PLW0603 -- one cache, one state of health, for the whole process
    if time.monotonic() < _paused_until:
        return default
    try:
        return getattr(caches[settings.cache_alias], method)(*arguments)
    except Exception as error:  # noqa: BLE001 -- whatever the backend raises, tiles must go on
        log.warning("The tile cache fails, rendering without it for %s s: %s", settings.cache_pause_seconds, error)
        _paused_until = time.monotonic() + settings.cache_pause_seconds
        return default


@contextmanager
def _flight(key: str) -> Iterator[bool]:
    """One thread of this process at a time for one key; whether it had to wait for another."""
    with _flights_lock:
        waits = key in _flights
        lock = _flights.setdefault(key, threading.Lock())
    try:
        with lock:
            yield waits
    finally:
        with _flights_lock:
            if not lock.locked():
                _flights.pop(key, None)
