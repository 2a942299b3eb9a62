"""When and by what a product was acquired, as its name says: the conventions of the large archives."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.extraction.result import Acquisition

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
    """A day is the period from its first to its last second."""
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
    """The only date in a name that follows no convention, such as `tmmx_20190121.nc`."""
    days = set(re.findall(r"(?<!\d)((?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))(?!\d)", name))
    if len(days) != 1:
        return None
    try:
        return on_day(days.pop().replace("-", ""), "%Y%m%d", "name-date")
    except ValueError:
        return None
