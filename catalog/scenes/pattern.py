"""Scenes of any files whose names say by a pattern which scene they are of, and which band."""

import re
from collections.abc import Mapping
from functools import lru_cache

from catalog.scenes.renders import sensor_renders
from catalog.scenes.scene import EO_EXTENSION, Band, Description, SceneAsset, SceneError, SceneFiles, Sensor

# What stands for what in a pattern. A band's name is as short as the rest allows, a scene's as long.
PLACEHOLDERS = {
    "{scene}": r"(?P<scene>[^/]+)",
    "{band}": r"(?P<band>[^/]+?)",
    "{date}": r"(?P<date>(?:19|20)\d{2}-?\d{2}-?\d{2})",
    "*": r"[^/]*",
}
MAX_PATTERN = 200
# Bands that a job may name, and characters of each name.
MAX_BANDS, MAX_NAME = 200, 100
# What bands are often called, and what that means; the first name is the asset's key.
COMMON = {
    "coastal": ("coastal", "aerosol"),
    "blue": ("blue", "b"),
    "green": ("green", "g"),
    "red": ("red", "r"),
    "nir": ("nir", "n"),
    "rededge": ("rededge", "red_edge", "re"),
    "swir16": ("swir16", "swir1"),
    "swir22": ("swir22", "swir2"),
    "pan": ("pan", "panchromatic"),
}
MASKS = re.compile(r"(?:^|_)(?:mask|qa|udm2?|fmask|cloud|scl|quality|pixel_?qa)(?:_|$)", re.IGNORECASE)
METADATA = (".xml", ".json", ".txt", ".imd", ".rpb", ".html", ".pdf")
PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def check_pattern(pattern: object) -> None:
    """Raise SceneError, with what is allowed, for a pattern that tells no scenes apart."""
    if not isinstance(pattern, str) or not 0 < len(pattern) <= MAX_PATTERN:
        raise SceneError(f"give a pattern of at most {MAX_PATTERN} characters")
    counts = {name: pattern.count(name) for name in ("{scene}", "{band}", "{date}")}
    rest = pattern
    for name in counts:
        rest = rest.replace(name, "")
    if counts["{scene}"] != 1 or counts["{band}"] != 1 or counts["{date}"] > 1 or re.search(r"[{}]", rest):
        raise SceneError("a pattern has {scene} and {band} once each, and may have {date} and *: {scene}_{band}.tif")
    if re.search(r"\}\{|\}\*|\*\{|\*\*", pattern):
        raise SceneError("put something between the parts of a pattern")


def check_bands(bands: object) -> None:
    """Raise SceneError for what doesn't give names to bands: an object of texts, none of them empty."""
    if not isinstance(bands, dict) or len(bands) > MAX_BANDS:
        raise SceneError(f"give an object of at most {MAX_BANDS} names by what stands for them in files' names")
    if not all(isinstance(name, str) and 0 < len(name) <= MAX_NAME and "/" not in name for name in bands.values()):
        raise SceneError(f"give texts of at most {MAX_NAME} characters and without '/', such as red")


def pattern_sensor(pattern: str, bands: Mapping[str, str] | None = None) -> Sensor:
    """Return the sensor whose scenes a pattern such as `{scene}_{band}.tif` describes. Raises SceneError.

    `bands` gives names to what stands for bands in the names of files: `{"B4": "red"}`.
    """
    return _sensor(pattern, tuple(sorted((bands or {}).items())))


@lru_cache(maxsize=64)
def _sensor(pattern: str, bands: tuple[tuple[str, str], ...]) -> Sensor:
    check_pattern(pattern)
    parts = re.split(r"(\{scene\}|\{band\}|\{date\}|\*)", pattern)
    expression = "".join(PLACEHOLDERS.get(part) or re.escape(part) for part in parts)
    compiled = re.compile(f"(?:^|/){expression}$", re.IGNORECASE)

    def describe(files: SceneFiles) -> Description:
        return _describe(files, compiled, dict(bands))

    return Sensor(name="pattern", pattern=compiled, describe=describe)


def _describe(files: SceneFiles, pattern: re.Pattern[str], bands: Mapping[str, str]) -> Description:
    matches = {path: pattern.search(path) or pattern.search(f"{files.id}/{path}") for path in files.paths}
    assets = [_asset(path, match["band"] if match else path, bands) for path, match in matches.items()]
    dates = {match["date"] for match in matches.values() if match and "date" in match.re.groupindex}
    properties = {"datetime": _moment(dates.pop())} if len(dates) == 1 else {}
    by_name = {asset.bands[0].common_name: asset.key for asset in assets if asset.bands}
    has_colors = {"red", "green", "blue"} <= by_name.keys()
    renders = sensor_renders(nir=by_name.get("nir", "nir")) if has_colors or {"red", "nir"} <= by_name.keys() else {}
    return Description(
        id=files.id, properties=properties, assets=assets, extensions=(EO_EXTENSION,), renders=_of(renders, by_name)
    )


def _of(renders: dict[str, dict[str, object]], by_name: dict[str, str]) -> dict[str, dict[str, object]]:
    """Return the renderings with the keys that this pattern's assets have."""
    return {
        name: render | {"assets": [by_name.get(key, key) for key in _keys(render)]} for name, render in renders.items()
    }


def _keys(render: dict[str, object]) -> list[str]:
    assets = render["assets"]
    return assets if isinstance(assets, list) else []


def _asset(path: str, band: str, bands: Mapping[str, str]) -> SceneAsset:
    lowered, key = path.lower(), bands.get(band, band)
    if lowered.endswith(METADATA):
        return SceneAsset(path=path, key=key, roles=("metadata",))
    if lowered.endswith(PICTURES):
        return SceneAsset(path=path, key=key, roles=("thumbnail",))
    if MASKS.search(key):
        return SceneAsset(path=path, key=key, roles=("data", "data-mask"))
    common = next((name for name, spelled in COMMON.items() if key.lower() in spelled), "")
    return SceneAsset(path=path, key=key, bands=(Band(name=band, common_name=common),))


def _moment(text: str) -> str:
    digits = text.replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}T00:00:00Z"
