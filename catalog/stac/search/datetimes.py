"""RFC 3339 instants and intervals of searches."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalog.stac.errors import InvalidParameter

OPEN = frozenset({"", ".."})
RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))", re.ASCII
)
EXAMPLE = "2024-01-31T12:00:00Z"


@dataclass(frozen=True)
class Interval:
    """Both ends belong to it; None is an open end."""

    start: datetime | None
    end: datetime | None


def parse_moment(text: str) -> datetime:
    """An RFC 3339 date-time, in UTC. Digits beyond microseconds are cut off. Raises ValueError."""
    match = RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 date-time such as {EXAMPLE}")
    *numbers, fraction, sign, offset_hours, offset_minutes = match.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    offset = _offset(sign, int(offset_hours or 0), int(offset_minutes or 0))
    # A leap second has no place in Python's calendar: it is the moment the next minute begins.
    leap = timedelta(seconds=1 if second == 60 else 0)
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59) if leap else second, microsecond, tzinfo=UTC)
        return moment + leap - offset
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no moment of the calendar: {error}") from error


def _offset(sign: str | None, hours: int, minutes: int) -> timedelta:
    if hours > 23 or minutes > 59:
        raise ValueError(f"the offset {sign}{hours:02}:{minutes:02} from UTC is more than 23:59")
    size = timedelta(hours=hours, minutes=minutes)
    return -size if sign == "-" else size


def parse_interval(text: object, *, name: str = "datetime") -> Interval:
    """`instant`, `start/end`, or an interval with one end open (`..` or nothing)."""
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
