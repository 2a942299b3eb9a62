"""When an image was acquired: the first source that knows, from the most to the least trustworthy."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.extraction.result import Acquisition

EARLIEST = datetime(1826, 1, 1, tzinfo=UTC)
"""No image is older than the first photograph: dates before are unset clocks and fill values."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LAYOUTS = (
    "%Y:%m:%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y%m%dT%H%M%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M%S%z",
    "%Y%m%d%H%M%S.%f",
    "%Y/%m/%d",
    "%d-%b-%Y %H:%M:%S.%f",
    "%d-%b-%Y %H:%M:%S",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%Y:%m:%d",
    "%Y%m%d",
    "%m/%d/%y",
)

IMAGE_TIMES = (
    ("IMAGERY", "ACQUISITIONDATETIME", "imagery-metadata"),
    ("", "NITF_IDATIM", "nitf-metadata"),
    ("", "NITF_FDT", "nitf-metadata"),
    ("", "EXIF_DateTimeOriginal", "exif"),
    ("EXIF", "EXIF_DateTimeOriginal", "exif"),
    ("", "DATETIME_ACQUIRED", "metadata"),
    ("", "ACQUISITION_DATETIME", "metadata"),
    ("", "ACQUISITION_TIME", "metadata"),
    ("", "ACQUISITION_DATE", "metadata"),
    ("", "acquisition_date", "metadata"),
    ("", "DATE_ACQUIRED", "metadata"),
    ("", "SENSING_TIME", "metadata"),
    ("", "DATATAKE_1_DATATAKE_SENSING_START", "metadata"),
)
"""Metadata items (domain, key) that state when the image itself was taken."""

IMAGE_PERIODS = (
    ("PRODUCT_START_TIME", "PRODUCT_STOP_TIME", "metadata"),
    ("start_time", "end_time", "metadata"),
    ("NC_GLOBAL#start_date", "NC_GLOBAL#stop_date", "netcdf-metadata"),
    ("NC_GLOBAL#time_coverage_start", "NC_GLOBAL#time_coverage_end", "netcdf-metadata"),
)

UNITS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86400}


def acquired(dataset: Any) -> Acquisition | None:
    """When the dataset's own metadata says the image was taken; None when it doesn't."""
    return first_of(axis_times, message_times, stated_times, stated_periods)(dataset)


def written(dataset: Any) -> Acquisition | None:
    """When the file says it was written: a weaker hint, since processing can come years after the image."""
    moment = parse_time(dataset.GetMetadataItem("TIFFTAG_DATETIME") or dataset.GetMetadataItem("EXIF_DateTime"))
    return Acquisition(moment, "tiff-tag") if moment else None


def first_of(*readers: Callable[[Any], Acquisition | None]) -> Callable[[Any], Acquisition | None]:
    return lambda dataset: next((found for reader in readers if (found := reader(dataset)) is not None), None)


def stated_times(dataset: Any) -> Acquisition | None:
    for domain, key, source in IMAGE_TIMES:
        if moment := parse_time(dataset.GetMetadataItem(key, domain)):
            return Acquisition(moment, source)
    return None


def stated_periods(dataset: Any) -> Acquisition | None:
    for first, last, source in IMAGE_PERIODS:
        start, end = parse_time(dataset.GetMetadataItem(first)), parse_time(dataset.GetMetadataItem(last))
        if start:
            return period([start, end or start], source)
    return None


def axis_times(dataset: Any) -> Acquisition | None:
    """NetCDF's time axis (CF conventions section 4.4): values in units since a moment."""
    metadata = dataset.GetMetadata()
    for key, units in metadata.items():
        axis, _, attribute = key.partition("#")
        if attribute != "units" or " since " not in units:
            continue
        raw = metadata.get(f"NETCDF_DIM_{axis}_VALUES") or metadata.get(f"NETCDF_DIM_{axis}")
        raw = raw or first_extra(dataset, f"NETCDF_DIM_{axis}")
        if raw and (moments := list(since(raw, units))):
            return period(moments, "netcdf-time")
    return None


def first_extra(dataset: Any, key: str) -> str | None:
    return dataset.GetRasterBand(1).GetMetadataItem(key) if dataset.RasterCount else None


def message_times(dataset: Any) -> Acquisition | None:
    """GRIB's valid times of all messages, "1531202400 sec UTC" or plain seconds."""
    bands = range(1, min(dataset.RasterCount, 512) + 1)
    raw = [dataset.GetRasterBand(index).GetMetadataItem("GRIB_VALID_TIME") for index in bands]
    found = [match for text in raw if text and (match := re.search(r"-?\d+", text))]
    moments = [moment for match in found if (moment := plausible(from_epoch(float(match.group()))))]
    return period(moments, "grib-valid-time") if moments else None


def since(raw: str, units: str) -> Iterator[datetime]:
    """The plausible ones of the moments that numbers in a text mean, by CF's units: "days since 1950-01-01"."""
    unit, _, origin = units.partition(" since ")
    seconds = UNITS.get(unit.strip().lower().rstrip("s") or "s")
    start = parse_any(origin)
    if seconds is None or start is None:
        return
    for text in re.findall(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", raw):
        try:
            moment = plausible(start + timedelta(seconds=float(text) * seconds))
        except OverflowError:
            continue
        if moment:
            yield moment


def period(moments: list[datetime], source: str) -> Acquisition:
    start, end = min(moments), max(moments)
    return Acquisition(start, source, start, end) if end > start else Acquisition(start, source)


def from_epoch(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def parse_time(text: str | None) -> datetime | None:
    """A date or time in any spelling image formats use, in UTC unless it says otherwise; None if it is none."""
    moment = parse_any(text)
    return plausible(moment) if moment else None


def parse_any(text: str | None) -> datetime | None:
    cleaned = (text or "").strip().strip("\x00").removesuffix("UTC").strip()
    if not re.search(r"\d{4}|\d+/\d+/\d+", cleaned):
        return None
    for parse in (datetime.fromisoformat, *(layout_parser(layout) for layout in LAYOUTS)):
        try:
            moment = parse(cleaned)
        except ValueError:
            continue
        return as_utc(moment)
    return None


def layout_parser(layout: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, layout)  # noqa: DTZ007 - as_utc follows


def as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def plausible(moment: datetime) -> datetime | None:
    """None for what clocks and writers put in place of an unknown time."""
    return moment if moment >= EARLIEST and moment != EPOCH else None


# Aperio's slides as GDAL sees them: their scale stands in the TIFF's description.


def aperio_fields(dataset: Any) -> dict[str, str]:
    """Read the `key = value` pairs of an Aperio description; empty for any other image."""
    description = dataset.GetMetadataItem("TIFFTAG_IMAGEDESCRIPTION") or ""
    if not description.startswith("Aperio"):
        return {}
    return {key.strip(): value.strip() for key, value in re.findall(r"\|([^=|]+)=([^|]*)", description)}


def aperio_scanned(fields: dict[str, str]) -> Acquisition | None:
    """Find when Aperio's description says that the slide was scanned."""
    moment = parse_time(f"{fields.get('Date', '')} {fields.get('Time', '')}")
    return Acquisition(moment, "slide:aperio") if moment else None


def positive_number(text: str | None) -> float | None:
    """Read a number of which sizes are made; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
