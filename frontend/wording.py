"""Values as people read them: dates, sizes, lengths. `src/api/format.ts` says the same in the browser."""

from datetime import datetime
from typing import Any

from catalog.documents.moments import parse_moment

DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def shown_moment(value: Any) -> datetime | None:
    """Return the moment that an RFC 3339 text names, None for anything else."""
    try:
        return parse_moment(value) if isinstance(value, str) else None
    except ValueError:
        return None


def day(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def day_range(start: datetime | None, end: datetime | None) -> str:
    """Return both ends, once if they are the same day, and one if the other is open."""
    first, last = day(start), day(end)
    return first if first == last or not last else f"{first} {DASH} {last}" if first else f"until {last}"


def document_date(properties: dict[str, Any]) -> str:
    """Return when an item was acquired, from its STAC properties."""
    if properties.get("datetime"):
        return day(shown_moment(properties["datetime"]))
    return day_range(shown_moment(properties.get("start_datetime")), shown_moment(properties.get("end_datetime")))


# Where `datetime` is no time of acquisition: `geodata:datetime_source`.
FILE_DATE = "file-modified"
UNDATED = "unknown"


def date_source(properties: dict[str, Any]) -> str:
    """Return what an item's date was read from, "" where its document doesn't say."""
    source = properties.get("geodata:datetime_source")
    return source if isinstance(source, str) else ""


def card_date(properties: dict[str, Any]) -> str:
    """Return an item's date as a card has room for it: never a file's date as if the image were of that day."""
    source = date_source(properties)
    if source == UNDATED:
        return "Undated"
    date = document_date(properties)
    return f"File date {date}" if source == FILE_DATE and date else date


def byte_size(count: Any) -> str:
    """Return a size in decimal units, as storage providers bill them."""
    if not isinstance(count, int | float):
        return ""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(BYTE_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {BYTE_UNITS[unit]}" if unit == 0 or value >= 100 else f"{value:.1f} {BYTE_UNITS[unit]}"


def length(metres: Any) -> str:
    """Return a ground distance given in metres, in the unit that suits it."""
    if not isinstance(metres, int | float):
        return ""
    if metres >= 1000:
        return f"{metres / 1000:.3g} km"
    return f"{metres:.3g} m" if metres >= 1 else f"{metres * 100:.3g} cm"


def pixels(shape: Any) -> str:
    """Return `proj:shape`, which has rows first, as width by height."""
    if not isinstance(shape, list | tuple) or len(shape) != 2:
        return ""
    return f"{shape[1]:,} {TIMES} {shape[0]:,} px"


def box(bbox: Any) -> str:
    """Return [west, south, east, north], in degrees, as a text."""
    if not isinstance(bbox, list | tuple) or len(bbox) not in (4, 6):
        return ""
    west, south, east, north = bbox if len(bbox) == 4 else (bbox[0], bbox[1], bbox[3], bbox[4])
    return f"{west:.4g}, {south:.4g}, {east:.4g}, {north:.4g}"
