"""When an image was acquired, and by what, as its metadata or its product's name say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.extraction.result import Acquisition
from tiles.sources.cf_time import is_time, moments

# No image is older than the first photograph: dates before are unset clocks and fill values.
EARLIEST = datetime(1826, 1, 1, tzinfo=UTC)

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

# Metadata items (domain, key) that state when the image itself was taken.
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

# What GDAL writes into every NITF that nobody gave a time.
WRITERS_TIMES = ("20021216151629",)

IMAGE_PERIODS = (
    ("PRODUCT_START_TIME", "PRODUCT_STOP_TIME", "metadata"),
    ("start_time", "end_time", "metadata"),
    ("NC_GLOBAL#start_date", "NC_GLOBAL#stop_date", "netcdf-metadata"),
    ("NC_GLOBAL#time_coverage_start", "NC_GLOBAL#time_coverage_end", "netcdf-metadata"),
)


def acquired(dataset: Any) -> Acquisition | None:
    """Find when the dataset's own metadata says that the image was taken; None when it doesn't."""
    found = axis_times(dataset) or message_times(dataset) or stated_times(dataset)
    if found is None and (fields := aperio_fields(dataset)):
        moment = parse_time(f"{fields.get('Date', '')} {fields.get('Time', '')}")
        return Acquisition(moment, "slide:aperio") if moment else None
    return found


def written(dataset: Any) -> Acquisition | None:
    """Find when the file says that it was written: a weaker hint, since processing can come years after the image."""
    moment = parse_time(dataset.GetMetadataItem("TIFFTAG_DATETIME") or dataset.GetMetadataItem("EXIF_DateTime"))
    return Acquisition(moment, "tiff-tag") if moment else None


def stated_times(dataset: Any) -> Acquisition | None:
    """Find the first metadata item that states a moment, or else a period."""
    for domain, key, source in IMAGE_TIMES:
        text = dataset.GetMetadataItem(key, domain)
        if text and text.strip() not in WRITERS_TIMES and (moment := parse_time(text)):
            return Acquisition(moment, source)
    for first, last, source in IMAGE_PERIODS:
        text = dataset.GetMetadataItem(first)
        if text and (start := parse_time(text)):
            return period([start, parse_time(dataset.GetMetadataItem(last)) or start], source)
    return None


def axis_times(dataset: Any) -> Acquisition | None:
    """Read NetCDF's time axis (CF conventions section 4.4): values in units since a moment."""
    metadata = dataset.GetMetadata()
    for key, units in metadata.items():
        variable, _, attribute = key.partition("#")
        # GDAL puts the group's name before a variable's, but not before a dimension's.
        axis = variable.rpartition("/")[2]
        if attribute != "units" or not is_time(units):
            continue
        raw = metadata.get(f"NETCDF_DIM_{axis}_VALUES") or metadata.get(f"NETCDF_DIM_{axis}")
        if not raw and dataset.RasterCount:
            raw = dataset.GetRasterBand(1).GetMetadataItem(f"NETCDF_DIM_{axis}")
        if raw and (found := list(since(raw, units, metadata.get(f"{variable}#calendar", "")))):
            return period(found, "netcdf-time")
    return None


def message_times(dataset: Any) -> Acquisition | None:
    """Read GRIB's valid times of all messages, "1531202400 sec UTC" or plain seconds."""
    found = []
    for index in range(1, min(dataset.RasterCount, 512) + 1):
        text = dataset.GetRasterBand(index).GetMetadataItem("GRIB_VALID_TIME")
        match = re.search(r"-?\d+", text) if text else None
        if match and (moment := plausible(EPOCH + timedelta(seconds=float(match.group())))):
            found.append(moment)
    return period(found, "grib-valid-time") if found else None


def since(raw: str, units: str, calendar: str = "") -> Iterator[datetime]:
    """Give the plausible ones of the moments that numbers in a text mean, by CF's units and calendar."""
    numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", raw)]
    yield from filter(None, (plausible(moment) for moment in moments(numbers, units, calendar) if moment))


def period(found: list[datetime], source: str) -> Acquisition:
    """Return the time from the first to the last of some moments."""
    start, end = min(found), max(found)
    return Acquisition(start, source, start, end) if end > start else Acquisition(start, source)


def parse_time(text: str | None) -> datetime | None:
    """Read a date or time in any spelling image formats use, in UTC unless it says otherwise; None if it is none."""
    moment = parse_any(text)
    return plausible(moment) if moment else None


def parse_any(text: str | None) -> datetime | None:
    """Read a date or time as `parse_time` does, also one that can't be meant."""
    cleaned = (text or "").strip().strip("\x00").removesuffix("UTC").strip()
    if not re.search(r"\d{4}|\d+/\d+/\d+", cleaned):
        return None
    for layout in ("", *LAYOUTS):
        try:
            moment = datetime.strptime(cleaned, layout) if layout else datetime.fromisoformat(cleaned)  # noqa: DTZ007
        except ValueError:
            continue
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def plausible(moment: datetime) -> datetime | None:
    """Return None for what clocks and writers put in place of an unknown time."""
    return moment if moment >= EARLIEST and moment != EPOCH else None


# Aperio's slides as GDAL sees them: their scale stands in the TIFF's description.


def aperio_fields(dataset: Any) -> dict[str, str]:
    """Read the `key = value` pairs of an Aperio description; empty for any other image."""
    description = dataset.GetMetadataItem("TIFFTAG_IMAGEDESCRIPTION") or ""
    if not description.startswith("Aperio"):
        return {}
    return {key.strip(): value.strip() for key, value in re.findall(r"\|([^=|]+)=([^|]*)", description)}


def positive_number(text: str | None) -> float | None:
    """Read a number of which sizes are made; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None


# What names say: the conventions of the large archives.

DAY = timedelta(days=1) - timedelta(seconds=1)

LANDSAT_INSTRUMENTS = {
    "LC": ["oli", "tirs"],
    "LO": ["oli"],
    "LT": ["tm"],
    "LE": ["etm"],
    "LM": ["mss"],
}


@dataclass(frozen=True)
class ProductName:
    """What a name says; `properties` are STAC's common ones."""

    acquisition: Acquisition
    properties: dict[str, Any] = field(default_factory=dict)


def parse_product_name(name: str) -> ProductName | None:
    """Read a file or product name; None when it follows no convention known here."""
    for convention, pattern, reader in CONVENTIONS:
        match = re.search(pattern, name, re.IGNORECASE)
        if match is None:
            continue
        try:
            return reader(match, f"product-name:{convention}")
        except (ValueError, KeyError):
            continue
    return None


def on_day(text: str, layout: str, source: str) -> Acquisition:
    """Return a day as the period from its first to its last second."""
    start = datetime.strptime(text, layout).replace(tzinfo=UTC)
    return Acquisition(start, source, start, start + DAY)


def at_moment(text: str, source: str, layout: str = "%Y%m%d%H%M%S") -> Acquisition:
    return Acquisition(datetime.strptime(text, layout).replace(tzinfo=UTC), source)


def landsat(match: re.Match[str], source: str) -> ProductName:
    sensor, satellite, day = match.group("sensor").upper(), int(match.group("satellite")), match.group("day")
    properties: dict[str, Any] = {"platform": f"landsat-{satellite}", "constellation": "landsat"}
    if instruments := LANDSAT_INSTRUMENTS.get(sensor):
        properties["instruments"] = ["tm"] if sensor == "LT" and satellite < 8 else instruments
    return ProductName(on_day(day, "%Y%m%d" if len(day) == 8 else "%Y%j", source), properties)


def sentinel_1(match: re.Match[str], source: str) -> ProductName:
    start = at_moment(match.group("start").upper().replace("T", ""), source).moment
    end = at_moment(match.group("end").upper().replace("T", ""), source).moment
    platform = f"sentinel-1{match.group('unit').lower()}"
    return ProductName(
        Acquisition(start, source, start, end),
        {"platform": platform, "constellation": "sentinel-1", "instruments": ["c-sar"]},
    )


def sentinel_2(match: re.Match[str], source: str) -> ProductName:
    stamp = match.group("start").upper().replace("T", "")
    acquisition = at_moment(stamp, source) if len(stamp) == 14 else on_day(stamp, "%Y%m%d", source)
    properties: dict[str, Any] = {"constellation": "sentinel-2", "instruments": ["msi"]}
    if unit := match.groupdict().get("unit"):
        properties["platform"] = f"sentinel-2{unit.lower()}"
    return ProductName(acquisition, properties)


def sentinel_3(match: re.Match[str], source: str) -> ProductName:
    platform = f"sentinel-3{match.group('unit').lower()}"
    start = at_moment(match.group("start").upper().replace("T", ""), source)
    return ProductName(start, {"platform": platform, "constellation": "sentinel-3"})


def naip(match: re.Match[str], source: str) -> ProductName:
    return ProductName(on_day(match.group("day"), "%Y%m%d", source), {"platform": "naip"})


def maxar(match: re.Match[str], source: str) -> ProductName:
    acquisition = at_moment(match.group("start"), source, "%y%b%d%H%M%S")
    return ProductName(acquisition, {"constellation": "maxar"})


MAXAR_SATELLITES = {
    "QB02": "quickbird-2",
    "GE01": "geoeye-1",
    "IK01": "ikonos",
    "WV01": "worldview-1",
    "WV02": "worldview-2",
    "WV03": "worldview-3",
    "WV04": "worldview-4",
}


def maxar_strip(match: re.Match[str], source: str) -> ProductName:
    acquisition = at_moment(match.group("start"), source)
    platform = MAXAR_SATELLITES[match.group("satellite").upper()]
    return ProductName(acquisition, {"platform": platform, "constellation": "maxar"})


def modis(match: re.Match[str], source: str) -> ProductName:
    return ProductName(on_day(match.group("day"), "%Y%j", source), {"instruments": ["modis"]})


DAY_PATTERN = r"(?P<day>(?:19|20)\d{6})"
STAMP = r"\d{8}T\d{6}"

CONVENTIONS: tuple[tuple[str, str, Callable[[re.Match[str], str], ProductName]], ...] = (
    # LC08_L2SP_005009_20150710_20200908_02_T2 (Collections 1 and 2), LC81270592013238LGN00 (before)
    (
        "landsat",
        rf"(?<![A-Z0-9])(?P<sensor>L[COTEM])(?P<satellite>0\d)_L\d\w{{2}}_\d{{6}}_{DAY_PATTERN}_\d{{8}}_\d{{2}}_",
        landsat,
    ),
    (
        "landsat",
        r"(?<![A-Z0-9])(?P<sensor>L[COTEM])(?P<satellite>\d)\d{6}(?P<day>(?:19|20)\d{5})[A-Z]{3}\d{2}",
        landsat,
    ),
    # S1A_IW_GRDH_1SDV_20180101T105441_20180101T105506_…, s1a-iw-grd-vv-20180101t105441-20180101t105506-…
    (
        "sentinel-1",
        rf"(?<![A-Z0-9])S1(?P<unit>[A-D])[_-]\w{{2}}[_-].*?(?P<start>{STAMP})[_-](?P<end>{STAMP})",
        sentinel_1,
    ),
    # S2A_MSIL1C_20180101T105441_N0206_…, T31TDH_20180101T105441_B01, S2A_31TDH_20180101_0_L2A
    ("sentinel-2", rf"(?<![A-Z0-9])S2(?P<unit>[A-D])_MSIL\w{{2}}_(?P<start>{STAMP})_", sentinel_2),
    ("sentinel-2", rf"(?<![A-Z0-9])T\d{{2}}[A-Z]{{3}}_(?P<start>{STAMP})_", sentinel_2),
    ("sentinel-2", r"(?<![A-Z0-9])S2(?P<unit>[A-D])_\d{2}[A-Z]{3}_(?P<start>(?:19|20)\d{6})_\d_L\w{2}", sentinel_2),
    # S3A_OL_2_WFR____20171024T102450_…
    ("sentinel-3", rf"(?<![A-Z0-9])S3(?P<unit>[A-D])_\w{{2}}_\d_.*?(?P<start>{STAMP})_", sentinel_3),
    # m_4709963_se_14_1_20100629, m_3008501_ne_16_060_20191201_20200113
    ("naip", rf"(?<![A-Z0-9])m_\d{{7}}_[ns][ew]_\d{{1,2}}_[\dh]{{1,3}}_{DAY_PATTERN}", naip),
    # 19JAN12153424-M1BS-…, WV03_20150101123000_…
    ("maxar", r"(?<![A-Z0-9])(?P<start>\d{2}[A-Z]{3}\d{8})-[A-Z]\w{3}", maxar),
    ("maxar", r"(?<![A-Z0-9])(?P<satellite>QB02|GE01|IK01|WV0[1-4])_(?P<start>(?:19|20)\d{12})_", maxar_strip),
    # MOD13A1.A2018001.h12v04…
    ("modis", r"(?<![A-Z0-9])M[OYC]D\w{2,6}\.A(?P<day>(?:19|20)\d{5})\.", modis),
)


def day_in_name(name: str) -> Acquisition | None:
    """Find the only date in a name that follows no convention, such as `tmmx_20190121.nc`."""
    days = set(re.findall(r"(?<!\d)((?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))(?!\d)", name))
    if len(days) != 1:
        return None
    try:
        return on_day(days.pop().replace("-", ""), "%Y%m%d", "name-date")
    except ValueError:
        return None
