"""Planet's scenes (PlanetScope, SkySat, RapidEye): images, masks (UDM), and a GeoJSON file of metadata.

Format: Planet's imagery product specifications.
"""

import re
from typing import Any

from catalog.scenes.metadata_files import number, parse_json, read_first
from catalog.scenes.renders import bands_renders
from catalog.scenes.scene import (
    EO_EXTENSION,
    VIEW_EXTENSION,
    Band,
    Description,
    SceneAsset,
    SceneFiles,
    Sensor,
)

SCENE = re.compile(
    r"(?:^|/)(?P<scene>(?:19|20)\d{6}_\d{6}_(?:\d\d_\w{4}|\w{4}|ssc\d{1,2}(?:d\d)?_\d{4}|ssc\d{1,2}_u\d{4}))"
    r"_(?P<product>(?:3A_|3B_|1A_|1B_)?(?:metadata|Analytic|basic|Visual|visual|udm|analytic|panchromatic|pansharpened|"
    r"ortho|DN_)[\w]*)\.(?:tiff?|json|xml|ntf|txt)$"
)
FOUR = (
    Band(name="Blue", common_name="blue"),
    Band(name="Green", common_name="green"),
    Band(name="Red", common_name="red"),
    Band(name="NIR", common_name="nir"),
)
EIGHT = (
    Band(name="Coastal Blue", common_name="coastal", center_wavelength=0.443),
    Band(name="Blue", common_name="blue", center_wavelength=0.49),
    Band(name="Green I", common_name="green", center_wavelength=0.531),
    Band(name="Green", common_name="green", center_wavelength=0.565),
    Band(name="Yellow", common_name="yellow", center_wavelength=0.61),
    Band(name="Red", common_name="red", center_wavelength=0.665),
    Band(name="Red Edge", common_name="rededge", center_wavelength=0.705),
    Band(name="NIR", common_name="nir", center_wavelength=0.865),
)
COLORS = (
    Band(name="Red", common_name="red"),
    Band(name="Green", common_name="green"),
    Band(name="Blue", common_name="blue"),
)
# Of the metadata's properties those that Planet's STAC items have under their own prefix.
OWN = ("item_type", "strip_id", "quality_category", "ground_control", "publishing_stage", "pixel_resolution")
OWN_EXTENSION = "https://planetlabs.github.io/stac-extension/v1.0.0-beta.1/schema.json"


def describe(files: SceneFiles) -> Description:
    """Describe a scene by its `_metadata.json`; without one, by its name."""
    warnings: list[str] = []
    metadata = _read(files, warnings)
    assets = [_asset(path, files.id) for path in files.paths]
    analytic = next((asset for asset in assets if asset.key.startswith("analytic")), None)
    numbers = {"red": 6, "green": 4, "blue": 2, "nir": 8} if analytic and len(analytic.bands) == 8 else {}
    renders = (
        bands_renders(analytic.key, **(numbers or {"red": 3, "green": 2, "blue": 1, "nir": 4})) if analytic else {}
    )
    geometry = metadata.get("geometry")
    is_polygon = isinstance(geometry, dict) and geometry.get("type") == "Polygon" and bool(geometry.get("coordinates"))
    return Description(
        id=files.id,
        properties=_of_name(files.id) | _of_metadata(metadata.get("properties") or {}),
        assets=assets,
        geometry=geometry if is_polygon else None,
        extensions=(EO_EXTENSION, VIEW_EXTENSION, OWN_EXTENSION),
        renders=renders,
        warnings=warnings,
    )


def _read(files: SceneFiles, warnings: list[str]) -> dict[str, Any]:
    pattern = r"_metadata\.json$"
    missing = "There is no _metadata.json: time and place are those of the name and of the images."
    metadata = read_first(files, pattern, parse_json, warnings=warnings, missing=missing) or {}
    if metadata.get("id") not in {None, files.id}:
        name = str(files.find(pattern)).rpartition("/")[2]
        warnings.append(f"{name} describes {metadata['id']}, not {files.id}; it is not used.")
        return {}
    return metadata


def _of_name(scene: str) -> dict[str, Any]:
    day, time = scene[:8], scene[9:15]
    moment = f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z"
    return {"datetime": moment, "constellation": "skysat" if "_ssc" in scene else "planetscope"}


def _of_metadata(told: dict[str, Any]) -> dict[str, Any]:
    share, percent = number(told.get("cloud_cover")), number(told.get("cloud_percent"))
    view, azimuth, sun = (number(told.get(name)) for name in ("view_angle", "satellite_azimuth", "sun_azimuth"))
    instrument = told.get("instrument")
    found: dict[str, Any] = {
        "datetime": told.get("acquired"),
        "created": told.get("published"),
        "updated": told.get("updated"),
        "platform": told.get("satellite_id"),
        "instruments": [instrument] if instrument else None,
        "gsd": number(told.get("gsd")),
        "eo:cloud_cover": percent if percent is not None else share and round(100 * share, 4),
        "view:off_nadir": None if view is None else abs(view),
        "view:azimuth": None if azimuth is None else azimuth % 360,
        "view:sun_azimuth": None if sun is None else sun % 360,
        "view:sun_elevation": number(told.get("sun_elevation")),
        **{f"pl:{name}": told.get(name) for name in OWN},
    }
    return {name: value for name, value in found.items() if value is not None}


def _asset(path: str, scene: str) -> SceneAsset:
    stem, _, suffix = path.rpartition("/")[2].removeprefix(f"{scene}_").rpartition(".")
    product = re.sub(r"^[13][AB]_", "", stem).lower()
    if suffix in {"json", "xml", "txt"}:
        key = product if product != "metadata" or suffix == "json" else f"{product}_{suffix}"
        return SceneAsset(path=path, key=key, roles=("metadata",))
    if "udm" in product:
        title = "Usable data mask" if "udm2" in product else "Unusable data mask"
        key = "udm2" if "udm2" in product else "udm"
        return SceneAsset(path=path, key=key, title=title, roles=("data", "data-mask", "cloud", "snow-ice"))
    if "visual" in product:
        return SceneAsset(path=path, key="visual", title="Visual", roles=("visual",), bands=COLORS)
    if "pan" in product and "sharp" not in product:
        return SceneAsset(path=path, key=product, title="Panchromatic", bands=(Band(name="Pan", common_name="pan"),))
    key = product.replace("analyticms", "analytic")
    roles = ("data", "reflectance") if "_sr" in product else ("data",)
    return SceneAsset(path=path, key=key, title="Analytic", roles=roles, bands=EIGHT if "8b" in product else FOUR)


SENSOR = Sensor(name="planet", pattern=SCENE, describe=describe, lead=re.compile(r"_metadata\.json$"))
