"""Read times as CF conventions write them: numbers in units since a moment, of any calendar.

By cftime: https://cfconventions.org/cf-conventions/cf-conventions.html#time-coordinate
"""

import calendar
from collections.abc import Sequence
from datetime import UTC, datetime

import cftime  # type: ignore[import-untyped]

STANDARD = "standard"
SINCE = " since "


def is_time(units: str) -> bool:
    return SINCE in units


def moments(values: Sequence[float], units: str, name: str = STANDARD) -> list[datetime | None]:
    """Return the moments that numbers mean in those units of a calendar, in UTC; None for one that has none.

    A day that our calendar lacks, such as a 30th of February, is its month's last.
    """
    return [_moment(value, units, (name or STANDARD).lower()) for value in values]


def _moment(value: float, units: str, name: str) -> datetime | None:
    try:
        found = cftime.num2date(value, units, calendar=name, only_use_cftime_datetimes=True)
        last = calendar.monthrange(found.year, found.month)[1]
        day = min(found.day, last)
        return datetime(
            found.year, found.month, day, found.hour, found.minute, found.second, found.microsecond, tzinfo=UTC
        )
    except (ValueError, OverflowError, AttributeError, TypeError):
        return None
