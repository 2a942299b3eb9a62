"""Harmonized Landsat Sentinel-2 scenes (HLS, version 2): a COG for each band, and NASA's CMR metadata.

Format: HLS product user guide 2.0. Bands have their sensors' numbers, which differ between L30 and S30.
"""

import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from catalog.scenes.metadata_files import number, outline_of_gpolygon, read_xml, text_of
from catalog.scenes.renders import sensor_renders
from catalog.scenes.scene import (
    EO_EXTENSION,
    MGRS_EXTENSIONS,
    VIEW_EXTENSION,
    Band,
    Description,
    SceneAsset,
    SceneError,
    SceneFiles,
    Sensor,
    without_empty,
)

PRODUCT = re.compile(
    r"(?:^|/)(?P<scene>HLS\.(?P<kind>[LS])30\.T(?P<zone>\d\d)(?P<band>[C-X])(?P<square>[A-Z]{2})\."
    r"(?P<time>\d{7}T\d{6})\.v\d\.\d)[._][\w.]+$"
)
# Common name and where the band lies in the spectrum (micrometres), by sensor and number.
L30 = {
    "B01": ("coastal", 0.443),
    "B02": ("blue", 0.482),
    "B03": ("green", 0.561),
    "B04": ("red", 0.655),
    "B05": ("nir08", 0.865),
    "B06": ("swir16", 1.609),
    "B07": ("swir22", 2.201),
    "B09": ("cirrus", 1.373),
    "B10": ("lwir11", 10.9),
    "B11": ("lwir12", 12.0),
}
S30 = {
    "B01": ("coastal", 0.443),
    "B02": ("blue", 0.49),
    "B03": ("green", 0.56),
    "B04": ("red", 0.665),
    "B05": ("rededge", 0.704),
    "B06": ("rededge", 0.74),
    "B07": ("rededge", 0.783),
    "B08": ("nir", 0.842),
    "B8A": ("nir08", 0.865),
    "B09": ("nir09", 0.945),
    "B10": ("cirrus", 1.3735),
    "B11": ("swir16", 1.61),
    "B12": ("swir22", 2.19),
}
ANGLES = {
    "SAA": ("Sun azimuth angle", "sun-azimuth"),
    "SZA": ("Sun zenith angle", "sun-elevation"),
    "VAA": ("View azimuth angle", "azimuth"),
    "VZA": ("View zenith angle", "incidence-angle"),
}
RENDERED = {"L": ("B05", "B06"), "S": ("B8A", "B11")}


def describe(files: SceneFiles) -> Description:
    """Describe a scene by its name, and by its CMR metadata where they are there."""
    warnings: list[str] = []
    match = PRODUCT.search(f"{files.id}.B01.tif")
    if match is None:
        raise SceneError(f"{files.id} is no name of HLS")
    metadata, kind = read_xml(files, r"\.cmr\.xml$", warnings=warnings), match["kind"]
    moment = datetime.strptime(match["time"], "%Y%jT%H%M%S").replace(tzinfo=UTC)
    zone = int(match["zone"])
    nir, swir = RENDERED[kind]
    colors = {"red": "B04", "green": "B03", "blue": "B02"}
    renders = {
        name: render | {"assets": [colors.get(key, key) for key in render["assets"]]}
        for name, render in sensor_renders(nir=nir, swir=swir).items()
    }
    return Description(
        id=files.id,
        properties={
            "datetime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "constellation": "landsat" if kind == "L" else "sentinel-2",
            "instruments": ["oli", "tirs"] if kind == "L" else ["msi"],
            "processing:level": "L3",
            "gsd": 30,
            "mgrs:utm_zone": zone,
            "mgrs:latitude_band": match["band"],
            "mgrs:grid_square": match["square"],
            "grid:code": f"MGRS-{zone:02d}{match['band']}{match['square']}",
            **_of_metadata(metadata),
        },
        assets=[_asset(path, files.id, L30 if kind == "L" else S30) for path in files.paths],
        geometry=outline_of_gpolygon(metadata),
        extensions=(EO_EXTENSION, VIEW_EXTENSION, *MGRS_EXTENSIONS),
        renders=renders,
        warnings=warnings,
    )


def _of_metadata(metadata: ET.Element) -> dict[str, Any]:
    told = {
        text_of(each, "Name"): text_of(each, ".//Values/Value") for each in metadata.iterfind(".//AdditionalAttribute")
    }
    zenith = number(told.get("MEAN_SUN_ZENITH_ANGLE"))
    platform = text_of(metadata, ".//Platforms/Platform/ShortName").lower()
    start, end = (text_of(metadata, f".//RangeDateTime/{which}DateTime") for which in ("Beginning", "Ending"))
    found = {
        "platform": platform,
        "datetime": start,
        **({"start_datetime": start, "end_datetime": end} if start and end and start != end else {}),
        "eo:cloud_cover": number(told.get("CLOUD_COVERAGE")),
        "view:sun_azimuth": number(told.get("MEAN_SUN_AZIMUTH_ANGLE")),
        "view:sun_elevation": None if zenith is None else 90 - zenith,
        "view:azimuth": number(told.get("MEAN_VIEW_AZIMUTH_ANGLE")),
        "view:incidence_angle": number(told.get("MEAN_VIEW_ZENITH_ANGLE")),
    }
    return without_empty(found)


def _asset(path: str, scene: str, known: dict[str, tuple[str, float]]) -> SceneAsset:
    stem, _, suffix = path.removeprefix(f"{scene}.").removeprefix(f"{scene}_").rpartition(".")
    if suffix.lower() not in {"tif", "tiff"}:
        if suffix.lower() in {"jpg", "png"}:
            return SceneAsset(path=path, key="thumbnail", title="Browse image", roles=("thumbnail",))
        return SceneAsset(path=path, key=stem or suffix, roles=("metadata",))
    if stem in known:
        common, center = known[stem]
        is_thermal = common.startswith("lwir")
        band = Band(
            name=stem,
            common_name=common,
            center_wavelength=center,
            scale=0.01 if is_thermal else 0.0001,
            offset=0,
            unit="degC" if is_thermal else "",
        )
        return SceneAsset(path=path, key=stem, title=common, bands=(band,))
    if stem in ANGLES:
        title, role = ANGLES[stem]
        return SceneAsset(path=path, key=stem, title=title, roles=("data", role))
    roles = ("data", "cloud", "cloud-shadow", "snow-ice", "water-mask") if stem == "Fmask" else ("data",)
    return SceneAsset(path=path, key=stem, title="Quality flags" if stem == "Fmask" else "", roles=roles)


SENSOR = Sensor(name="hls", pattern=PRODUCT, describe=describe)
