"""Sentinel-2 scenes, Levels 1C and 2A: SAFE folders, and the folders of single files that AWS' open data have.

Format: ESA S2-PDGS-TAS-DI-PSD (Sentinel-2 products specification document).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from catalog.scenes.metadata_files import NOTHING, number, parse_xml, read_xml, safe_paths, text_of
from catalog.scenes.renders import sensor_renders
from catalog.scenes.scene import (
    EO_EXTENSION,
    MGRS_EXTENSIONS,
    SAT_EXTENSION,
    VIEW_EXTENSION,
    Band,
    Description,
    SceneAsset,
    SceneFiles,
    Sensor,
    without_empty,
)

SENTINEL_2_EXTENSION = "https://stac-extensions.github.io/sentinel-2/v1.0.0/schema.json"
SAFE = re.compile(r"(?:^|/)(?P<scene>S2[A-D]_MSIL(?:1C|2A)_\d{8}T\d{6}_N\d{4}_R\d{3}_T\w{5}_\d{8}T\d{6}\.SAFE)/.+$")
COGS = re.compile(r"(?:^|/)(?P<scene>S2[A-D]_(?:T?\d{1,2}[A-Z]{3})_(?:\d{8}_\d|\d{8}T\d{6})_L(?:1C|2A))/[^/]+$")
TILE = re.compile(r"T?(?P<zone>\d{1,2})(?P<band>[C-HJ-NP-X])(?P<square>[A-HJ-NP-Z][A-HJ-NP-V])")


class Known(NamedTuple):
    """What a band is called, its finest pixels in metres, and where it lies in the spectrum (micrometres)."""

    key: str
    title: str
    common_name: str
    gsd: int
    center: float
    width: float


BANDS = {
    "B01": Known("coastal", "Coastal", "coastal", 60, 0.443, 0.027),
    "B02": Known("blue", "Blue", "blue", 10, 0.49, 0.098),
    "B03": Known("green", "Green", "green", 10, 0.56, 0.045),
    "B04": Known("red", "Red", "red", 10, 0.665, 0.038),
    "B05": Known("rededge1", "Red Edge 1", "rededge", 20, 0.704, 0.019),
    "B06": Known("rededge2", "Red Edge 2", "rededge", 20, 0.74, 0.018),
    "B07": Known("rededge3", "Red Edge 3", "rededge", 20, 0.783, 0.028),
    "B08": Known("nir", "NIR 1", "nir", 10, 0.842, 0.145),
    "B8A": Known("nir08", "NIR 2", "nir08", 20, 0.865, 0.033),
    "B09": Known("nir09", "NIR 3", "nir09", 60, 0.945, 0.026),
    "B10": Known("cirrus", "Cirrus", "cirrus", 60, 1.3735, 0.075),
    "B11": Known("swir16", "SWIR 1.6μm", "swir16", 20, 1.61, 0.143),
    "B12": Known("swir22", "SWIR 2.2μm", "swir22", 20, 2.19, 0.242),
}
# By the order of the `bandId` in the metadata.
BAND_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
IMAGE = re.compile(r"(?:^|[/_])(?P<name>B\d[\dA]|TCI|AOT|WVP|SCL)(?:_(?P<size>\d\d)m)?\.(?:jp2|tiff?)$", re.IGNORECASE)
FOLDER_SIZE = re.compile(r"(?:^|/)R(\d\d)m/")
CLASSES = (
    ("no_data", "No data"),
    ("saturated_or_defective", "Saturated or defective pixel"),
    ("dark_area_pixels", "Topographic casted shadows"),
    ("cloud_shadows", "Cloud shadows"),
    ("vegetation", "Vegetation"),
    ("not_vegetated", "Not vegetated"),
    ("water", "Water"),
    ("unclassified", "Unclassified"),
    ("cloud_medium_probability", "Cloud, medium probability"),
    ("cloud_high_probability", "Cloud, high probability"),
    ("thin_cirrus", "Thin cirrus"),
    ("snow", "Snow or ice"),
)
# Files that are no band, by what their paths end on: key, title, roles.
OTHERS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (r"_PVI\.(?:jp2|tiff?)$", "preview", "True color preview", ("overview",)),
    (r"^manifest\.safe$", "safe_manifest", "", ("metadata",)),
    (r"^INSPIRE\.xml$", "inspire_metadata", "", ("metadata",)),
    (r"(?:^|/)(?:MTD_MSIL\w\w|product_metadata)\.xml$", "product_metadata", "", ("metadata",)),
    (r"(?:^|/)(?:MTD_TL|granule_metadata|metadata)\.xml$", "granule_metadata", "", ("metadata",)),
    (r"(?:^|/)(?:MTD_DS|datastrip_metadata)\.xml$", "datastrip_metadata", "", ("metadata",)),
    (r"(?:^|/)tileinfo(?:_metadata)?\.json$", "tileinfo_metadata", "", ("metadata",)),
    (r"(?:^|/)(?:preview|thumbnail|\w*-ql)\.(?:jpe?g|png)$", "thumbnail", "Thumbnail image", ("thumbnail",)),
)
# The properties that Sentinel-2's extension has, by the elements of the granule's and the product's quality.
SHARES = {
    "s2:nodata_pixel_percentage": "NODATA_PIXEL_PERCENTAGE",
    "s2:saturated_defective_pixel_percentage": "SATURATED_DEFECTIVE_PIXEL_PERCENTAGE",
    "s2:dark_features_percentage": "DARK_FEATURES_PERCENTAGE",
    "s2:cloud_shadow_percentage": "CLOUD_SHADOW_PERCENTAGE",
    "s2:vegetation_percentage": "VEGETATION_PERCENTAGE",
    "s2:not_vegetated_percentage": "NOT_VEGETATED_PERCENTAGE",
    "s2:water_percentage": "WATER_PERCENTAGE",
    "s2:unclassified_percentage": "UNCLASSIFIED_PERCENTAGE",
    "s2:medium_proba_clouds_percentage": "MEDIUM_PROBA_CLOUDS_PERCENTAGE",
    "s2:high_proba_clouds_percentage": "HIGH_PROBA_CLOUDS_PERCENTAGE",
    "s2:thin_cirrus_percentage": "THIN_CIRRUS_PERCENTAGE",
    "s2:snow_ice_percentage": "SNOW_ICE_PERCENTAGE",
    "s2:degraded_msi_data_percentage": "DEGRADED_MSI_DATA_PERCENTAGE",
}


def describe(files: SceneFiles) -> Description:
    """Describe a scene by the metadata of its product and of its granule, as far as they are there."""
    warnings: list[str] = []
    product = read_xml(files, r"(?:^|/)(?:MTD_MSIL\w\w|product_metadata)\.xml$", warnings=warnings)
    granule = read_xml(files, r"(?:^|/)(?:MTD_TL|granule_metadata|metadata)\.xml$", warnings=warnings)
    uri = text_of(product, ".//PRODUCT_URI").removesuffix(".SAFE")
    if uri and "_MSIL" in files.id and uri != files.id:
        warnings.append(f"The product's metadata describe {uri}, not {files.id}; they are not used.")
        product = NOTHING
    scaling = _scaling(product)
    assets = [found for path in files.paths if (found := _asset(path, scaling))]
    named = [path for path in _named(product) if not files.find(f"^{re.escape(path)}\\.(jp2|tiff?)$")]
    warnings += [f"{path.rpartition('/')[2]} is missing, which the product's metadata name." for path in named]
    offset = round(-scaling[1] / scaling[0])
    return Description(
        id=_identifier(files.id, product, granule),
        properties=_of_name(files.id) | _of_product(product) | _of_granule(granule),
        assets=assets,
        geometry=_outline(product),
        extensions=(EO_EXTENSION, VIEW_EXTENSION, SAT_EXTENSION, *MGRS_EXTENSIONS, SENTINEL_2_EXTENSION),
        renders=_renders(offset),
        warnings=warnings,
    )


def _renders(offset: int) -> dict[str, dict[str, Any]]:
    renders = sensor_renders(nir="nir", swir="swir16", offset=offset)
    visual = {"visual": {"title": "True color, as delivered", "assets": ["visual"]}}
    # Its files don't say that 0 is none.
    return visual | {name: render | {"nodata": 0} for name, render in renders.items()}


def _identifier(scene: str, product: ET.Element, granule: ET.Element) -> str:
    """Return what stactools calls it: the satellite, the tile, when the datastrip began, the level."""
    strip = text_of(granule, ".//DATASTRIP_ID")
    listed = product.find(".//Granule")
    strip = strip or (listed.get("datastripIdentifier", "") if listed is not None else "")
    began, parts = re.search(r"_S(\d{8}T\d{6})_", strip), scene.split("_")
    if "_MSIL" in scene and began:
        return f"{parts[0]}_{parts[5]}_{began[1]}_{parts[1].removeprefix('MSI')}"
    return scene


def _of_name(scene: str) -> dict[str, Any]:
    parts = scene.split("_")
    found: dict[str, Any] = {
        "platform": f"sentinel-{parts[0][1:].lower()}",
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "processing:level": f"L{scene.rpartition('_MSIL')[2][:2]}" if "_MSIL" in scene else parts[-1],
    }
    if stamp := re.search(r"_(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?", scene):
        year, month, day, *time = stamp.groups(default="00")
        found["datetime"] = f"{year}-{month}-{day}T{':'.join(time)}Z"
    if match := next(filter(None, map(TILE.fullmatch, parts)), None):
        zone = int(match["zone"])
        found |= {"mgrs:utm_zone": zone, "mgrs:latitude_band": match["band"], "mgrs:grid_square": match["square"]}
        found["grid:code"] = f"MGRS-{zone:02d}{match['band']}{match['square']}"
    return found


def _of_product(product: ET.Element) -> dict[str, Any]:
    uri = text_of(product, ".//PRODUCT_URI")
    take = product.find(".//Datatake")
    found: dict[str, Any] = {
        "datetime": text_of(product, ".//PRODUCT_START_TIME"),
        "eo:cloud_cover": number(text_of(product, ".//Cloud_Coverage_Assessment")),
        "sat:orbit_state": text_of(product, ".//SENSING_ORBIT_DIRECTION").lower(),
        "sat:relative_orbit": int(number(text_of(product, ".//SENSING_ORBIT_NUMBER")) or 0),
        "s2:product_uri": uri,
        "s2:generation_time": text_of(product, ".//GENERATION_TIME"),
        "s2:processing_baseline": text_of(product, ".//PROCESSING_BASELINE"),
        "s2:product_type": text_of(product, ".//PRODUCT_TYPE"),
        "s2:datatake_id": take.get("datatakeIdentifier", "") if take is not None else "",
        "s2:datatake_type": text_of(product, ".//DATATAKE_TYPE"),
        "s2:reflectance_conversion_factor": number(text_of(product, ".//Reflectance_Conversion/U")),
    }
    found |= _shares(product)
    return {name: value for name, value in found.items() if value not in ("", None, 0) or name in SHARES}


def _of_granule(granule: ET.Element) -> dict[str, Any]:
    angles = granule.findall(".//Mean_Viewing_Incidence_Angle")
    zenith = number(text_of(granule, ".//Mean_Sun_Angle/ZENITH_ANGLE"))
    clouds = number(text_of(granule, ".//CLOUDY_PIXEL_PERCENTAGE"))
    found: dict[str, Any] = {
        "s2:tile_id": text_of(granule, ".//TILE_ID"),
        "s2:datastrip_id": text_of(granule, ".//DATASTRIP_ID"),
        "eo:cloud_cover": clouds,
        "eo:snow_cover": number(text_of(granule, ".//SNOW_ICE_PERCENTAGE")),
        "view:sun_azimuth": number(text_of(granule, ".//Mean_Sun_Angle/AZIMUTH_ANGLE")),
        "view:sun_elevation": None if zenith is None else 90 - zenith,
        "view:azimuth": _mean(angles, "AZIMUTH_ANGLE"),
        "view:incidence_angle": _mean(angles, "ZENITH_ANGLE"),
    }
    found |= _shares(granule)
    return without_empty(found)


def _shares(root: ET.Element) -> dict[str, Any]:
    shares = {name: number(text_of(root, f".//{element}")) for name, element in SHARES.items()}
    return {name: value for name, value in shares.items() if value is not None}


def _mean(angles: Iterable[ET.Element], name: str) -> float | None:
    values = [value for each in angles if (value := number(text_of(each, name))) is not None]
    return fmean(values) if values else None


def _scaling(product: ET.Element) -> tuple[float, float]:
    """Return scale and offset of reflectances; from baseline 04.00 on 1,000 was added to all numbers."""
    quantification = number(text_of(product, ".//BOA_QUANTIFICATION_VALUE")) or number(
        text_of(product, ".//QUANTIFICATION_VALUE")
    )
    added = number(text_of(product, ".//BOA_ADD_OFFSET")) or number(text_of(product, ".//RADIO_ADD_OFFSET")) or 0.0
    scale = 1 / (quantification or 10_000)
    return scale, added * scale


def _asset(path: str, scaling: tuple[float, float]) -> SceneAsset | None:
    if match := IMAGE.search(path):
        folder = FOLDER_SIZE.search(path)
        size = int(match["size"] or (folder[1] if folder else 0))
        return _image(path, match["name"].upper(), size, scaling)
    for pattern, key, title, roles in OTHERS:
        if re.search(pattern, path, re.IGNORECASE):
            return SceneAsset(path=path, key=key, title=title, roles=roles)
    return None


def _image(path: str, name: str, size: int, scaling: tuple[float, float]) -> SceneAsset:
    if known := BANDS.get(name):
        at_best = size in {0, known.gsd}
        key = known.key if at_best else f"{known.key}_{size}m"
        band = _band(name, *scaling)
        fields = {"gsd": known.gsd} if at_best else {}
        title = f"{known.title} - {size or known.gsd}m"
        return SceneAsset(path=path, key=key, title=title, roles=("data", "reflectance"), bands=(band,), fields=fields)
    if name == "TCI":
        key = "visual" if size in {0, 10} else f"visual_{size}m"
        colors = tuple(_band(each) for each in ("B04", "B03", "B02"))
        return SceneAsset(path=path, key=key, title="True color image", roles=("visual",), bands=colors)
    key = name.lower() if size in {0, 20} else f"{name.lower()}_{size}m"
    if name == "SCL":
        values = enumerate(CLASSES)
        classes = [{"value": value, "name": label, "description": text} for value, (label, text) in values]
        classified: dict[str, Any] = {"classification:classes": classes}
        return SceneAsset(path=path, key=key, title="Scene classification map (SCL)", fields=classified)
    title = "Water Vapour (WVP)" if name == "WVP" else "Aerosol optical thickness (AOT)"
    band = Band(name=name, scale=0.001, offset=0, unit="cm" if name == "WVP" else "")
    return SceneAsset(path=path, key=key, title=title, bands=(band,))


def _band(name: str, scale: float | None = None, offset: float | None = None) -> Band:
    known = BANDS[name]
    return Band(
        name=name,
        common_name=known.common_name,
        center_wavelength=known.center,
        full_width_half_max=known.width,
        scale=scale,
        offset=offset,
    )


def _named(product: ET.Element) -> Iterator[str]:
    """Give the paths, without suffix, of the images that the product's metadata name."""
    for element in product.iterfind(".//IMAGE_FILE"):
        if path := (element.text or "").strip():
            yield path


def _outline(product: ET.Element) -> dict[str, Any] | None:
    """Return the product's footprint: pairs of latitude and longitude, with heights in the first ones."""
    values = [number(text) for text in text_of(product, ".//Global_Footprint/EXT_POS_LIST").split()]
    numbers = [value for value in values if value is not None]
    step = 3 if len(numbers) % 3 == 0 and len(numbers) % 2 else 2
    ring = [[numbers[each + 1], numbers[each]] for each in range(0, len(numbers) - step + 1, step)]
    return {"type": "Polygon", "coordinates": [ring]} if len(ring) > 3 else None


def companions(files: SceneFiles) -> Iterable[str]:
    """Return what the manifest, or else the product's metadata, name of the files that an item has."""
    manifest = files.find(r"^manifest\.safe$")
    if manifest:
        return [path for path in safe_paths(files.read(manifest)) if _asset(path, (1, 0))]
    product = files.find(r"(?:^|/)MTD_MSIL\w\w\.xml$")
    root = parse_xml(files.read(product)) if product else NOTHING
    listed = root.find(".//Granule")
    suffix = ".jp2" if listed is None or listed.get("imageFormat", "JPEG2000") == "JPEG2000" else ".tif"
    granules = {match[0] for path in _named(root) if (match := re.match(r"GRANULE/[^/]+/", path))}
    return [*(path + suffix for path in _named(root)), *(f"{each}MTD_TL.xml" for each in granules), "manifest.safe"]


def leads(scene: str) -> Mapping[str, None]:
    level = scene.partition("_MSI")[2][:3]
    return dict.fromkeys([f"MTD_MSI{level}.xml", "manifest.safe"] if level else ["granule_metadata.xml"])


SAFE_SENSOR = Sensor(
    name="sentinel-2",
    pattern=SAFE,
    describe=describe,
    lead=re.compile(r"/(?:manifest\.safe|MTD_MSIL\w\w\.xml)$"),
    leads=leads,
    companions=companions,
)
COG_SENSOR = Sensor(name="sentinel-2", pattern=COGS, describe=describe, leads=leads)
