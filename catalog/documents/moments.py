"""Moments as texts: the one reading of RFC 3339, in documents, searches and filters alike."""

import re
from datetime import UTC, datetime, timedelta

from catalog.errors import InvalidDocument

RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))", re.ASCII
)
# Without a zone, as documents of old versions of STAC have it.
ZONELESS = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?", re.ASCII)
# A day, as documents have it that know no more.
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EXAMPLE = "2024-01-31T12:00:00Z"


def parse_moment(text: str) -> datetime:
    """Read an RFC 3339 date-time, in UTC. Digits beyond microseconds are cut off. Raises ValueError."""
    match = RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 date-time such as {EXAMPLE}")
    *numbers, fraction, sign, offset_hours, offset_minutes = match.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    hours, minutes = int(offset_hours or 0), int(offset_minutes or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(f"the offset {sign}{hours:02}:{minutes:02} from UTC is more than 23:59")
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    # A leap second has no place in Python's calendar: it is the moment the next minute begins.
    leap = timedelta(seconds=1 if second == 60 else 0)
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59) if leap else second, microsecond, tzinfo=UTC)
        return moment + leap - offset
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no moment of the calendar: {error}") from error


def read_moment(text: object, *, name: str) -> datetime:
    """Read the date-time of a document's member `name`; one without a zone is UTC's. Raises InvalidDocument."""
    try:
        return parse_moment(str(with_zone(text)))
    except ValueError:
        raise InvalidDocument(f"{name}: {text!r} is not an RFC 3339 time such as 2024-05-01T10:30:00Z.") from None


def with_zone(value: object) -> object:
    """Return a date-time without a zone as the same one of UTC, and anything else as it is."""
    if isinstance(value, str) and ZONELESS.fullmatch(value):
        return f"{value.replace(' ', 'T')}Z"
    return value
