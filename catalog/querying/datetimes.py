"""RFC 3339 instants and intervals of searches."""

from dataclasses import dataclass
from datetime import datetime

from catalog.documents.moments import EXAMPLE, parse_moment
from catalog.errors import InvalidParameter

OPEN = frozenset({"", ".."})


@dataclass(frozen=True)
class Interval:
    """Both ends belong to it; None is an open end."""

    start: datetime | None
    end: datetime | None


def parse_interval(text: object, *, name: str = "datetime") -> Interval:
    """Read `instant`, `start/end`, or an interval with one end open (`..` or nothing)."""
    if not isinstance(text, str):
        raise InvalidParameter(name, f"give a string, such as {EXAMPLE} or {EXAMPLE}/..")
    parts = text.split("/")
    if len(parts) > 2:
        raise InvalidParameter(name, "an interval has two ends: start/end")
    if len(parts) == 2 and OPEN.issuperset(parts):
        raise InvalidParameter(name, "only one end of an interval may be open")
    try:
        ends = [None if len(parts) == 2 and part in OPEN else parse_moment(part) for part in parts]
    except ValueError as error:
        raise InvalidParameter(name, str(error)) from error
    start, end = ends[0], ends[-1]
    if start and end and start > end:
        raise InvalidParameter(name, "the interval ends before it starts")
    return Interval(start, end)
