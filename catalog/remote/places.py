"""Know the places that imagery may be read from by arrangement, each with its credentials: what storages describe.

Where they are kept is not known here: whoever starts the site binds what finds them.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

# The collection that this thread reads for; None: nobody's, which no place is open to that isn't open to all.
_reading_for: ContextVar[str | None] = ContextVar("reading_for", default=None)


@dataclass(frozen=True)
class Place:
    """Describe one place. ``href`` ends in a slash; ``credentials`` by what they are called in a storage's document.

    ``collections``: those that may be ingested from it, unless ``is_open``. ``requests``: at most so many a second.
    """

    id: str
    name: str
    href: str
    endpoint: str = ""
    region: str = ""
    requester_pays: bool = False
    anonymous: bool = False
    credentials: Mapping[str, str] = field(default_factory=dict)
    sas_url: str = ""
    connections: int | None = None
    requests: float | None = None
    is_open: bool = False
    collections: frozenset[str] = frozenset()

    @property
    def scheme(self) -> str:
        return self.href.partition("://")[0]

    @property
    def is_readable(self) -> bool:
        """Tell whether the collection that this thread reads for may be ingested from here."""
        return self.is_open or _reading_for.get() in self.collections


@contextmanager
def reading_for(collection_id: str | None) -> Iterator[None]:
    """Read for a collection within the block, and for nobody after it: the thread goes on to other people's work."""
    token = _reading_for.set(collection_id)
    try:
        yield
    finally:
        _reading_for.reset(token)


_find: list[Callable[[], Sequence[Place]]] = [tuple]


def bind_places(find: Callable[[], Sequence[Place]]) -> None:
    """Have places found by this function, those of longer addresses first."""
    _find[0] = find


def place_of(href: str) -> Place | None:
    """Return the place that an address lies in; None of what the public rule decides on."""
    return next((place for place in _find[0]() if href.startswith(place.href)), None)


class Pace:
    """Let threads of this process make so many requests a second to a place, and no more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, place: Place | None) -> None:
        """Wait for the turn of one request."""
        if place is None or not place.requests:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(self._next.get(place.id, 0.0), now)
            self._next[place.id] = turn + 1 / place.requests
        time.sleep(max(turn - now, 0.0))


PACE = Pace()
