"""Aerial photographs of the National Agriculture Imagery Program: one image a quarter quadrangle, and its FGDC file."""

import re

from catalog.scenes.metadata_files import read_xml, text_of
from catalog.scenes.renders import bands_renders
from catalog.scenes.scene import (
    EO_EXTENSION,
    MGRS_EXTENSIONS,
    Band,
    Description,
    SceneAsset,
    SceneError,
    SceneFiles,
    Sensor,
)

QUARTER = re.compile(
    r"(?:^|/)(?P<scene>m_(?P<quad>\d{7})_(?P<quarter>[ns][ew])_\d{1,2}_[\dh]{1,3}_(?P<day>(?:19|20)\d{6}))"
    r"(?:_(?:19|20)\d{6})?(?P<suffix>\.\w+)$",
    re.IGNORECASE,
)
BANDS = (
    Band(name="Red", common_name="red"),
    Band(name="Green", common_name="green"),
    Band(name="Blue", common_name="blue"),
    Band(name="NIR", common_name="nir", description="near-infrared"),
)
METADATA = (".xml", ".txt")
PICTURES = (".jpg", ".jpeg", ".png")


def describe(files: SceneFiles) -> Description:
    """Describe a photograph by its name, and by the day that its FGDC file states."""
    warnings: list[str] = []
    match = QUARTER.search(f"{files.id}.tif")
    if match is None:
        raise SceneError(f"{files.id} is no name of a quarter quadrangle")
    metadata = read_xml(files, r"\.xml$", warnings=warnings)
    day = text_of(metadata, ".//idinfo/timeperd//caldate") or match["day"]
    return Description(
        id=files.id,
        properties={
            "datetime": f"{day[:4]}-{day[4:6]}-{day[6:8]}T00:00:00Z",
            "platform": "naip",
            "naip:year": day[:4],
            "grid:code": f"DOQQ-{match['quad']}{match['quarter'].upper()}",
        },
        assets=list(map(_asset, files.paths)),
        extensions=(EO_EXTENSION, MGRS_EXTENSIONS[1]),
        renders=bands_renders("image", red=1, green=2, blue=3, nir=4),
        warnings=warnings,
    )


def _asset(path: str) -> SceneAsset:
    lowered = path.lower()
    if lowered.endswith(METADATA):
        return SceneAsset(path=path, key="metadata", title="FGDC Metadata", roles=("metadata",))
    if lowered.endswith(PICTURES):
        return SceneAsset(path=path, key="thumbnail", title="Thumbnail", roles=("thumbnail",))
    return SceneAsset(path=path, key="image", title="RGBIR COG tile", bands=BANDS)


SENSOR = Sensor(name="naip", pattern=QUARTER, describe=describe, least=1)
