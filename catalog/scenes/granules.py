"""Granules of NASA's archives: MODIS, VIIRS and ASTER files of many variables, and the ECS metadata beside them.

Names: MOD10A2.A2022033.h09v05.061.2022042050729.hdf, product, day, tile, version and when it was made.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from catalog.scenes.metadata_files import NOTHING, number, outline_of_gpolygon, read_xml, text_of
from catalog.scenes.scene import EO_EXTENSION, Description, SceneAsset, SceneFiles, Sensor, without_empty

NAMED = r"(?:^|/)(?P<scene>{product}\.A(?:19|20)\d{{5}}(?:\.\d{{4}})?(?:\.h\d\dv\d\d)?\.\d{{3}}\.\d{{13}})\.{suffix}$"
SUFFIX = r"(?:hdf|h5|nc)(?:\.xml|\.jpe?g)?|xml|jpe?g|(?:\d\.)?jpg"
MODIS = re.compile(NAMED.format(product=r"M[OYC]D\w{2,8}", suffix=f"(?:BROWSE\\.)?(?:{SUFFIX})"))
VIIRS = re.compile(NAMED.format(product=r"V(?:NP|J1|J2)\w{2,8}", suffix=f"(?:BROWSE\\.)?(?:{SUFFIX})"))
ASTER = re.compile(
    r"(?:^|/)(?P<scene>AST_L1T_\d{3}(?:0[1-9]|1[0-2])\d{12}_\d{14}_\d{1,7})"
    r"(?:[._](?P<part>[\w.]+))?\.(?:hdf|tiff?|xml|met|jpe?g|hdf\.xml|tif\.xml)$"
)
PLATFORMS = {"MOD": ["terra"], "MYD": ["aqua"], "MCD": ["terra", "aqua"]}
VIIRS_PLATFORMS = {"VNP": "suomi-npp", "VJ1": "noaa-20", "VJ2": "noaa-21"}
DAY = timedelta(days=1) - timedelta(seconds=1)


class Kind(NamedTuple):
    """What granules of a sensor have in common: its instrument, and the prefix of its own properties."""

    instrument: str
    prefix: str


def _describe(files: SceneFiles, kind: Kind) -> Description:
    warnings: list[str] = []
    metadata = read_xml(files, r"\.xml$", warnings=warnings)
    named = text_of(metadata, ".//LocalGranuleID") or text_of(metadata, ".//DistributedFileName")
    if named and not named.startswith(files.id):
        warnings.append(f"The metadata describe {named}, not {files.id}; they are not used.")
        metadata = NOTHING
    return Description(
        id=files.id.rpartition(".")[0] if ".A" in files.id else files.id,
        properties=_of_name(files.id, kind) | _of_metadata(metadata, kind),
        assets=list(map(_asset, files.paths)),
        geometry=None if ".h" in files.id else outline_of_gpolygon(metadata),
        extensions=(EO_EXTENSION,),
        warnings=warnings,
    )


def _of_name(scene: str, kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {"instruments": [kind.instrument], "datetime": None}
    if match := re.search(r"\.A(\d{7})(?:\.(\d{4}))?\.", scene):
        start = datetime.strptime(match[1] + (match[2] or "0000"), "%Y%j%H%M").replace(tzinfo=UTC)
        end = start + (timedelta(minutes=5) if match[2] else DAY)
        found |= {"start_datetime": _moment(start), "end_datetime": _moment(end)}
        platforms = [VIIRS_PLATFORMS[scene[:3]]] if scene[0] == "V" else PLATFORMS[scene[:3]]
        found["platform"] = ",".join(platforms)
    else:
        # AST_L1T_003, then month, day, year and time.
        start = datetime.strptime(scene[11:25], "%m%d%Y%H%M%S").replace(tzinfo=UTC)
        found |= {"datetime": _moment(start), "platform": "terra"}
    if tile := re.search(r"\.h(\d\d)v(\d\d)\.", scene):
        found |= {f"{kind.prefix}:horizontal-tile": int(tile[1]), f"{kind.prefix}:vertical-tile": int(tile[2])}
    return found


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _of_metadata(metadata: ET.Element, kind: Kind) -> dict[str, Any]:
    """Return what the ECS metadata say of when it was, of clouds, and of the processing."""
    start, end = (_joined(metadata, f"Range{which}Date", f"Range{which}Time") for which in ("Beginning", "Ending"))
    tile = next(
        (text_of(each, "PSAValue") for each in metadata.iterfind(".//PSA") if text_of(each, "PSAName") == "TileID"), ""
    )
    single = _joined(metadata, "SingleDateTime/CalendarDate", "SingleDateTime/TimeofDay")
    found: dict[str, Any] = {
        "start_datetime": start,
        "end_datetime": end,
        "datetime": single,
        "created": text_of(metadata, ".//ProductionDateTime").replace(" ", "T").removesuffix(".000"),
        "updated": text_of(metadata, ".//LastUpdate").replace(" ", "T"),
        "eo:cloud_cover": number(text_of(metadata, ".//QAStats/QAPercentCloudCover")),
        f"{kind.prefix}:tile-id": tile,
    }
    for name in ("created", "updated"):
        found[name] = f"{found[name].removesuffix('Z')}Z" if found[name] else ""
    return without_empty(found)


def _joined(metadata: ET.Element, date: str, time: str) -> str:
    """Return a date and a time as one moment; `""` without a date."""
    day, clock = text_of(metadata, f".//{date}"), text_of(metadata, f".//{time}")
    if not day:
        return ""
    whole, _, fraction = (clock or "00:00:00").removesuffix("Z").partition(".")
    return f"{day}T{whole}{f'.{fraction}' if fraction.strip('0') else ''}Z"


def _asset(path: str) -> SceneAsset:
    lowered = path.lower()
    if lowered.endswith((".xml", ".met")):
        title = "Federal Geographic Data Committee (FGDC) Metadata"
        return SceneAsset(path=path, key="metadata", title=title, roles=("metadata",))
    if lowered.endswith((".jpg", ".jpeg")):
        return SceneAsset(path=path, key="browse", title="Browse image", roles=("thumbnail",))
    if lowered.endswith((".tif", ".tiff")):
        return SceneAsset(path=path, key=re.split(r"[._]", path)[-2], title="Bands of one telescope")
    suffix = lowered.rpartition(".")[2]
    return SceneAsset(path=path, key=suffix, title="Source data containing all bands", has_variables=True)


def _sensor(name: str, pattern: re.Pattern[str], kind: Kind) -> Sensor:
    return Sensor(name=name, pattern=pattern, describe=lambda files: _describe(files, kind), least=1)


SENSORS = (
    _sensor("modis", MODIS, Kind("modis", "modis")),
    _sensor("viirs", VIIRS, Kind("viirs", "viirs")),
    _sensor("aster", ASTER, Kind("aster", "aster")),
)
