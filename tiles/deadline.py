"""A limit on the time of one rendering, looked at between its steps: a thread can't be stopped from outside."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tiles.errors import RenderTimeout

_ends: ContextVar[float] = ContextVar("ends", default=float("inf"))


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within this block `check_deadline` raises once so many seconds are over."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def check_deadline() -> None:
    """Raises RenderTimeout when the time is over."""
    if time.monotonic() > _ends.get():
        raise RenderTimeout("Rendering takes too long here; zoom in, or try again later")
