"""What extraction finds out about one file, what it may cost, and what can be wrong with it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from tiles.errors import SourceCorrupt, SourceNotFound, TilesError, TooLarge, UnsafeSource

Kind = Literal["geospatial", "pixel"]

CODES = ("not_found", "unreadable", "not_an_image", "unsupported_format", "truncated", "corrupt", "too_large")
# What a file that `tiles` can't fetch or open is to the ingest, where its bytes don't tell more.
CODES_OF_TILES: dict[type[TilesError], str] = {
    TooLarge: "too_large",
    SourceNotFound: "not_found",
    SourceCorrupt: "corrupt",
    UnsafeSource: "unsupported_format",
}


class ExtractionError(Exception):
    """A file that can't become an item.

    `code` is stable and one of `CODES`; `message` names the file by its own name, never by where it lies.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["ExtractionError"], tuple[str, str]]:
        """Return what pickle needs to cross process boundaries: untrusted files are read in a child."""
        return type(self), (self.code, self.message)

    @classmethod
    def of(cls, error: TilesError) -> "ExtractionError":
        """Make one of an error of `tiles`."""
        return cls(CODES_OF_TILES.get(type(error), "unreadable"), f"{error.message}.")


@dataclass(frozen=True)
class Limits:
    """Bounds on what one file may cost while its metadata is read."""

    # Pixels along one edge. Larger ones come from damaged headers, not from instruments.
    side: int = 4_000_000
    # Bytes one decoded block takes: the least that has to fit in memory to read any pixel of it.
    block_bytes: int = 256 * 2**20
    # Bands; the TIFF format's own bound.
    bands: int = 65_535
    # Bands that get statistics. Hyperspectral instruments have some 250; message archives have thousands.
    described_bands: int = 512
    # Bands whose histogram is kept: 256 counts each would make a hyperspectral item's document a megabyte.
    histogram_bands: int = 16
    # Decoded bytes up to which every block is read to find damage; larger files are sampled.
    read_whole_bytes: int = 48 * 2**20
    # Blocks read from each larger file, the first and the last among them, and bytes that these may decode to: 300 of
    # a file may stand for gigabytes.
    probed_blocks: int = 12
    probed_bytes: int = 256 * 2**20
    # Seconds after which no further block is probed, and no further band gets statistics: most files take one or two.
    probing_seconds: float = 5.0
    statistics_seconds: float = 10.0
    # Pixels of all bands of a format that is read from its beginning whatever part of it is asked for.
    sequential_pixels: int = 2**30


DEFAULT_LIMITS = Limits()


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
