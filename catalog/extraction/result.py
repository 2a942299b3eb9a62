"""What extraction finds out about one file."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["geospatial", "pixel"]


@dataclass(frozen=True)
class Acquisition:
    """When a file's content was acquired, and what said so.

    `start` and `end` bound the time when the source gives a period or only a day; all are timezone-aware, in UTC.
    """

    moment: dt.datetime | None
    source: str
    start: dt.datetime | None = None
    end: dt.datetime | None = None


@dataclass(frozen=True)
class Extraction:
    """Everything an item says about one file.

    `geometry` is GeoJSON in longitude and latitude, split at the antimeridian (RFC 7946), and None for pixel space;
    `bbox` is [west, south, east, north] with west > east across the antimeridian. `properties` and `asset` are parts
    of a STAC 1.1.0 Item, ready for JSON: no NaN, no tuples.
    """

    kind: Kind
    driver: str
    media_type: str
    geometry: dict[str, Any] | None
    bbox: list[float] | None
    datetime: dt.datetime | None
    start_datetime: dt.datetime | None
    end_datetime: dt.datetime | None
    datetime_source: str
    properties: dict[str, Any] = field(default_factory=dict)
    asset: dict[str, Any] = field(default_factory=dict)
    stac_extensions: list[str] = field(default_factory=list)
