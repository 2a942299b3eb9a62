"""Maxar's deliveries (WorldView, GeoEye, QuickBird): images with an IMD file of metadata and RPC coefficients.

Format: DigitalGlobe ISD (imagery support data), whose IMD files are ODL.
"""

import re
from collections.abc import Mapping
from typing import Any

from catalog.extraction.acquisition import MAXAR_SATELLITES
from catalog.scenes.metadata_files import flat, number, parse_odl, read_first
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

PRODUCT = re.compile(
    r"(?:^|/)(?P<scene>\d{2}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d{8})-(?P<kind>[MPSA]\w{3})"
    r"(?P<tile>_R\d+C\d+)?-(?P<order>[\w-]+?)(?P<rest>[-_]BROWSE|[-_]PIXEL_SHAPE|_README)?\.(?P<suffix>\w+)$",
    re.IGNORECASE,
)
SATELLITES = MAXAR_SATELLITES | {"LG01": "legion-1", "LG02": "legion-2"}
# The bands by the names that an IMD has for them, in the order of images.
BANDS = {
    "BAND_P": Band(name="Pan", common_name="pan"),
    "BAND_C": Band(name="Coastal", common_name="coastal"),
    "BAND_B": Band(name="Blue", common_name="blue"),
    "BAND_G": Band(name="Green", common_name="green"),
    "BAND_Y": Band(name="Yellow", common_name="yellow"),
    "BAND_R": Band(name="Red", common_name="red"),
    "BAND_RE": Band(name="Red Edge", common_name="rededge"),
    "BAND_N": Band(name="NIR 1", common_name="nir"),
    "BAND_N2": Band(name="NIR 2", common_name="nir09"),
}
NAMES = {"M": "multispectral", "P": "panchromatic", "S": "pansharpened", "A": "swir"}
OWN = ("productCatalogId", "productOrderId", "imageDescriptor", "bandId")


def describe(files: SceneFiles) -> Description:
    """Describe a scene by its IMD files: the multispectral image's goes before the panchromatic one's."""
    warnings: list[str] = []
    metadata = {
        kind: read_first(files, rf"-{kind}\w{{3}}(?:_R\d+C\d+)?-[^/]*\.IMD$", parse_odl, warnings=warnings) or {}
        for kind in "MSPA"
    }
    groups: Mapping[str, Any] = next((found for found in metadata.values() if found), {})
    if not groups and not warnings:
        warnings.append("There is no IMD file: the time is that of the name, and the place that of the images.")
    assets = [found for path in files.paths if (found := _asset(path, metadata))]
    colors = next((asset for asset in assets if len(asset.bands) > 3), None)
    return Description(
        id=_identifier(files, flat(groups)),
        properties=_of_name(files.id) | _of_imd(flat(groups)),
        assets=assets,
        extensions=(EO_EXTENSION, VIEW_EXTENSION),
        renders=_renders(colors) if colors else {},
        warnings=warnings,
    )


def _renders(asset: SceneAsset) -> dict[str, dict[str, Any]]:
    numbers = {band.common_name: number for number, band in enumerate(asset.bands, 1)}
    names = ("red", "green", "blue", "nir")
    return bands_renders(asset.key, **{name: numbers[name] for name in names}) if numbers.keys() >= set(names) else {}


def _identifier(files: SceneFiles, values: Mapping[str, str]) -> str:
    """Return when it was taken, and the catalogue's id of the strip or the order's, so that places are told apart."""
    orders = {match["order"] for path in files.paths if (match := PRODUCT.search(path))}
    order = values.get("CatId") or values.get("catId") or (orders.pop() if len(orders) == 1 else "")
    return f"{files.id}-{order}" if order else files.id


def _of_name(scene: str) -> dict[str, Any]:
    months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    month = months.index(scene[2:5].upper()) + 1
    time = f"{scene[7:9]}:{scene[9:11]}:{scene[11:13]}"
    return {"datetime": f"20{scene[:2]}-{month:02d}-{scene[5:7]}T{time}Z", "constellation": "maxar"}


def _of_imd(values: Mapping[str, str]) -> dict[str, Any]:
    clouds, off_nadir = number(values.get("cloudCover")), number(values.get("meanOffNadirViewAngle"))
    satellite = values.get("satId", "").upper()
    found: dict[str, Any] = {
        "datetime": values.get("TLCTime") or values.get("firstLineTime"),
        "created": values.get("generationTime"),
        "platform": SATELLITES.get(satellite, satellite.lower() or None),
        # A share, -999 where nobody looked.
        "eo:cloud_cover": round(100 * clouds, 4) if clouds is not None and 0 <= clouds <= 1 else None,
        "view:off_nadir": None if off_nadir is None else abs(off_nadir),
        "view:azimuth": number(values.get("meanSatAz")),
        "view:sun_azimuth": number(values.get("meanSunAz")),
        "view:sun_elevation": number(values.get("meanSunEl")),
        "gsd": number(values.get("meanProductGSD")) or number(values.get("meanCollectedGSD")),
        "processing:level": values.get("productLevel"),
    }
    found |= {f"maxar:{name}": values.get(name) for name in OWN}
    return {name: value for name, value in found.items() if value is not None}


def _asset(path: str, metadata: Mapping[str, Mapping[str, Any]]) -> SceneAsset | None:
    match = PRODUCT.search(f"/{path}")
    if match is None:
        return None
    kind, suffix = match["kind"][0].upper(), match["suffix"].lower()
    name = NAMES.get(kind, kind.lower()) + (match["tile"] or "").lower()
    if match["rest"] and suffix in {"jpg", "jpeg", "png"}:
        return SceneAsset(path=path, key=f"{name}_browse", title="Browse image", roles=("thumbnail",))
    if suffix not in {"tif", "tiff", "ntf"}:
        return SceneAsset(path=path, key=f"{name}_{suffix}", roles=("metadata",))
    groups = metadata.get(kind) or {}
    found = tuple(band for group, band in BANDS.items() if group in groups)
    return SceneAsset(path=path, key=name, title=name.partition("_")[0].capitalize(), bands=found)


SENSOR = Sensor(name="maxar", pattern=PRODUCT, describe=describe)
