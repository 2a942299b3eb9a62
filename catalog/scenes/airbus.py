"""Airbus' deliveries (Pléiades, Pléiades Neo, SPOT 6 and 7): images, and a DIMAP file that is read as metadata only.

What a DIMAP names is not opened by GDAL's reader of it: the images are found by their own names. Format: DIMAP V2.
"""

import re
from typing import Any
from xml.etree import ElementTree as ET

from catalog.scenes.metadata_files import number, read_xml, text_of
from catalog.scenes.renders import bands_renders
from catalog.scenes.scene import (
    EO_EXTENSION,
    VIEW_EXTENSION,
    Band,
    Description,
    SceneAsset,
    SceneFiles,
    Sensor,
    polygon_of,
    without_empty,
)

PRODUCT = re.compile(
    r"(?:^|/)(?:DIM|IMG|RPC|PREVIEW|ICON|LUT)_(?P<scene>(?:PHR1[AB]|SPOT[67]|PNEO[3-6])_[\w-]+?_\d{15}_[A-Z]{3}_[\w-]+?)"
    r"(?P<tile>_R\d+C\d+)?\.(?P<suffix>tiff?|jp2|xml|jpe?g|kmz)$",
    re.IGNORECASE,
)
PLATFORMS = {"PHR1A": "pleiades-1a", "PHR1B": "pleiades-1b", "SPOT6": "spot-6", "SPOT7": "spot-7"}
# By the ids that a DIMAP has, and by the places in its list of displayed bands.
COMMON = {
    "B0": "blue",
    "B1": "green",
    "B2": "red",
    "B3": "nir",
    "P": "pan",
    "PAN": "pan",
    "R": "red",
    "G": "green",
    "B": "blue",
    "NIR": "nir",
    "RE": "rededge",
    "DB": "coastal",
}


def describe(files: SceneFiles) -> Description:
    """Describe a scene by its DIMAP; without one, by its name."""
    warnings: list[str] = []
    dimap = read_xml(
        files,
        r"(?:^|/)DIM_[^/]*\.xml$",
        warnings=warnings,
        missing="There is no DIMAP file: the time is that of the name, and the place that of the images.",
    )
    names = [text_of(each, "BAND_ID") for each in dimap.findall(".//Raster_Display/../Raster_Index_List/Raster_Index")]
    names = names or [text_of(each, "BAND_ID") for each in dimap.findall(".//Raster_Index")]
    bands = tuple(Band(name=name, common_name=COMMON.get(name, "")) for name in names if name)
    assets = [found for path in files.paths if (found := _asset(path, bands))]
    numbers = {band.common_name: number for number, band in enumerate(bands, 1)}
    colors, image = ("red", "green", "blue", "nir"), next((each for each in assets if each.bands), None)
    rendered = image is not None and numbers.keys() >= set(colors)
    return Description(
        id=files.id,
        properties=_of_name(files.id) | _of_dimap(dimap),
        assets=assets,
        geometry=_outline(dimap),
        extensions=(EO_EXTENSION, VIEW_EXTENSION),
        renders=bands_renders(image.key, **{name: numbers[name] for name in colors}) if image and rendered else {},
        warnings=warnings,
    )


def _of_name(scene: str) -> dict[str, Any]:
    mission = scene.partition("_")[0].upper()
    digits = (re.search(r"_(\d{15})_", scene) or ["", "0" * 15])[1]
    day, time = digits[:8], digits[8:]
    return {
        "platform": PLATFORMS.get(mission, mission.lower().replace("pneo", "pleiades-neo-")),
        "datetime": f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:6]}.{time[6]}00Z",
    }


def _of_dimap(dimap: ET.Element) -> dict[str, Any]:
    """Return what the DIMAP says of the image's middle, or of the whole where it says it once."""
    angles = ".//Geometric_Values/Located_Geometric_Values"
    middle = next(
        (each for each in dimap.iterfind(angles) if text_of(each, "LOCATION_TYPE").lower() == "center"),
        dimap.find(angles),
    )
    found: dict[str, Any] = {"eo:cloud_cover": number(text_of(dimap, ".//Dataset_Content/CLOUD_COVERAGE"))}
    day, time = (text_of(dimap, f".//Strip_Source/{name}") for name in ("IMAGING_DATE", "IMAGING_TIME"))
    if day and time:
        found["datetime"] = f"{day}T{time.removesuffix('Z')}Z"
    if instrument := text_of(dimap, ".//Strip_Source/INSTRUMENT"):
        found["instruments"] = [instrument.lower()]
    if middle is not None:
        found |= {
            "view:off_nadir": number(text_of(middle, "Acquisition_Angles/VIEWING_ANGLE")),
            "view:incidence_angle": number(text_of(middle, "Acquisition_Angles/INCIDENCE_ANGLE")),
            "view:azimuth": number(text_of(middle, "Acquisition_Angles/AZIMUTH_ANGLE")),
            "view:sun_azimuth": number(text_of(middle, "Solar_Incidences/SUN_AZIMUTH")),
            "view:sun_elevation": number(text_of(middle, "Solar_Incidences/SUN_ELEVATION")),
        }
        if (off_nadir := found["view:off_nadir"]) is not None:
            found["view:off_nadir"] = abs(off_nadir)
    found["processing:level"] = text_of(dimap, ".//Processing_Information//PROCESSING_LEVEL")
    return without_empty(found)


def _outline(dimap: ET.Element) -> dict[str, Any] | None:
    points = dimap.findall(".//Dataset_Content/Dataset_Extent/Vertex")
    pairs = [[number(text_of(each, name)) for name in ("LON", "LAT")] for each in points]
    return polygon_of([[east, north] for east, north in pairs if east is not None and north is not None])


def _asset(path: str, bands: tuple[Band, ...]) -> SceneAsset | None:
    match = PRODUCT.search(f"/{path}")
    if match is None:
        return None
    kind, suffix = path.rpartition("/")[2].partition("_")[0].lower(), match["suffix"].lower()
    if kind == "img" and suffix in {"tif", "tiff", "jp2"}:
        return SceneAsset(path=path, key="image" + (match["tile"] or "").lower(), title="Image", bands=bands)
    if suffix in {"jpg", "jpeg"}:
        return SceneAsset(path=path, key={"icon": "icon"}.get(kind, "preview"), roles=("thumbnail",))
    return SceneAsset(path=path, key={"dim": "dimap"}.get(kind, f"{kind}_{suffix}"), roles=("metadata",))


SENSOR = Sensor(name="airbus", pattern=PRODUCT, describe=describe)
