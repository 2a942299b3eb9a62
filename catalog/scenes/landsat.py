"""Landsat scenes of Collections 1 and 2, Levels 1 and 2, as USGS distributes them: an MTL file beside their bands.

Formats: USGS LSDS-1822 (Landsat 8-9 data format control book), LSDS-1414 (4-7), LSDS-1619 (Level 2 science products).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from osgeo import osr

from catalog.scenes.metadata_files import flat, number, parse_json, parse_odl, parse_xml, xml_groups
from catalog.scenes.renders import ratio, sensor_renders
from catalog.scenes.scene import (
    EO_EXTENSION,
    VIEW_EXTENSION,
    Band,
    Description,
    SceneAsset,
    SceneError,
    SceneFiles,
    Sensor,
    polygon_of,
)

LANDSAT_EXTENSION = "https://landsat.usgs.gov/stac/landsat-extension/v1.1.1/schema.json"
PRODUCT = re.compile(
    r"(?:^|/)(?P<scene>L[COTEM]0[1-9]_L\d\w{2}_\d{6}_\d{8}_\d{8}_\d{2}_(?:RT|T1|T2|A1|A2)"
    r"|L[COTEM][1-9]\d{6}(?:19|20)\d{5}[A-Z]{3}\d{2})_[^/]+$"
)
INSTRUMENTS = {"C": ["oli", "tirs"], "O": ["oli"], "I": ["tirs"], "E": ["etm+"], "T": ["tm"], "M": ["mss"]}
GSD = {"M": 60}
# Text of which a scene's metadata consist, the one that is read first.
MTL = ("MTL.json", "MTL.xml", "MTL.txt")


class Known(NamedTuple):
    """What a band is called, and where it lies in the spectrum (micrometres)."""

    key: str
    title: str
    common_name: str = ""
    center: float | None = None
    width: float | None = None


OLI = {
    "1": Known("coastal", "Coastal/Aerosol", "coastal", 0.44, 0.02),
    "2": Known("blue", "Blue", "blue", 0.48, 0.06),
    "3": Known("green", "Green", "green", 0.56, 0.06),
    "4": Known("red", "Red", "red", 0.65, 0.04),
    "5": Known("nir08", "Near Infrared 0.8", "nir08", 0.87, 0.03),
    "6": Known("swir16", "Short-wave Infrared 1.6", "swir16", 1.61, 0.09),
    "7": Known("swir22", "Short-wave Infrared 2.2", "swir22", 2.2, 0.19),
    "8": Known("pan", "Panchromatic", "pan", 0.59, 0.18),
    "9": Known("cirrus", "Cirrus", "cirrus", 1.37, 0.02),
    "10": Known("lwir11", "Thermal Infrared 10.9", "lwir11", 10.9, 0.59),
    "11": Known("lwir12", "Thermal Infrared 12.0", "lwir12", 12.0, 1.01),
}
TM = {
    "1": Known("blue", "Blue", "blue", 0.49, 0.07),
    "2": Known("green", "Green", "green", 0.56, 0.08),
    "3": Known("red", "Red", "red", 0.66, 0.06),
    "4": Known("nir08", "Near Infrared 0.8", "nir08", 0.84, 0.13),
    "5": Known("swir16", "Short-wave Infrared 1.6", "swir16", 1.65, 0.2),
    "6": Known("lwir", "Thermal Infrared", "lwir", 11.45, 2.1),
    "6_VCID_1": Known("lwir_low", "Thermal Infrared, low gain", "lwir", 11.34, 2.05),
    "6_VCID_2": Known("lwir_high", "Thermal Infrared, high gain", "lwir", 11.34, 2.05),
    "7": Known("swir22", "Short-wave Infrared 2.2", "swir22", 2.22, 0.27),
    "8": Known("pan", "Panchromatic", "pan", 0.71, 0.38),
}
# Of Landsat 1-3 the bands are numbered from 4.
MSS_BANDS = (
    Known("green", "Green", "green", 0.55, 0.1),
    Known("red", "Red", "red", 0.65, 0.1),
    Known("nir08", "Near Infrared 0.7", "nir08", 0.75, 0.1),
    Known("nir09", "Near Infrared 0.9", "nir09", 0.95, 0.3),
)
CLOUDS = ("cloud", "cloud-shadow", "snow-ice", "water-mask")
# Files that are no band, by what their names end on: key, title, roles.
OTHERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "QA_PIXEL.TIF": ("qa_pixel", "Pixel Quality Assessment Band", CLOUDS),
    "QA_RADSAT.TIF": ("qa_radsat", "Radiometric Saturation Quality Assessment Band", ("saturation",)),
    "SR_QA_AEROSOL.TIF": ("qa_aerosol", "Aerosol Quality Assessment Band", ("data-mask", "water-mask")),
    "SR_ATMOS_OPACITY.TIF": ("atmos_opacity", "Atmospheric Opacity Band", ("data",)),
    "SR_CLOUD_QA.TIF": ("cloud_qa", "Cloud Quality Assessment Band", CLOUDS),
    "ST_ATRAN.TIF": ("atran", "Atmospheric Transmittance Band", ("data",)),
    "ST_CDIST.TIF": ("cdist", "Cloud Distance Band", ("data",)),
    "ST_DRAD.TIF": ("drad", "Downwelled Radiance Band", ("data",)),
    "ST_URAD.TIF": ("urad", "Upwelled Radiance Band", ("data",)),
    "ST_TRAD.TIF": ("trad", "Thermal Radiance Band", ("data",)),
    "ST_EMIS.TIF": ("emis", "Emissivity Band", ("data",)),
    "ST_EMSD.TIF": ("emsd", "Emissivity Standard Deviation Band", ("data",)),
    "ST_QA.TIF": ("qa", "Surface Temperature Quality Assessment Band", ("data",)),
    "BQA.TIF": ("bqa", "Quality Assessment Band", CLOUDS),
    "VAA.TIF": ("VAA", "Sensor Azimuth Angle Band", ("data", "sensor-azimuth")),
    "VZA.TIF": ("VZA", "Sensor Zenith Angle Band", ("data", "incidence-angle")),
    "SAA.TIF": ("SAA", "Solar Azimuth Angle Band", ("data", "sun-azimuth")),
    "SZA.TIF": ("SZA", "Solar Zenith Angle Band", ("data", "sun-elevation")),
    "ANG.TXT": ("ang", "Angle Coefficients File", ("metadata",)),
    "GCP.TXT": ("gcp", "Ground Control Points File", ("metadata",)),
    "VER.TXT": ("ver.txt", "Geometric Verification File", ("metadata",)),
    "MTL.TXT": ("mtl.txt", "Product Metadata File", ("metadata",)),
    "MTL.XML": ("mtl.xml", "Product Metadata File (xml)", ("metadata",)),
    "MTL.JSON": ("mtl.json", "Product Metadata File (json)", ("metadata",)),
    "STAC.JSON": ("stac", "STAC Item", ("metadata",)),
    "THUMB_SMALL.JPEG": ("thumbnail", "Thumbnail image", ("thumbnail",)),
    "THUMB_LARGE.JPEG": ("reduced_resolution_browse", "Reduced resolution browse image", ("thumbnail", "overview")),
}
BAND_FILE = re.compile(r"(?P<kind>SR_|ST_|)B(?P<band>\d{1,2}(?:_VCID_[12])?)\.TIF")
# Digital numbers where the reflectance of Collection 2's Level 2 is 0, twice: -0.2 / 0.0000275.
C2L2_ZERO = "14545.45"


def describe(files: SceneFiles) -> Description:
    """Describe a scene by its MTL; one that is missing, or another scene's, leaves what the name says."""
    warnings: list[str] = []
    mtl = _read_mtl(files, warnings)
    values = flat(mtl)
    assets = [_asset(path, files.id, values) for path in files.paths]
    warnings += _missing(files, mtl)
    properties = _of_name(files.id) | (_of_mtl(mtl, values) if mtl else {})
    is_level_2 = "_L2" in files.id and not files.id.startswith("LM")
    ndvi = f"(b2-b1)/(b2+b1-{C2L2_ZERO})" if is_level_2 and "_02_" in files.id[-7:] else ratio("b2", "b1")
    return Description(
        id=files.id,
        properties=properties,
        assets=assets,
        geometry=_outline(files, values) if mtl else None,
        is_tilted=True,
        extensions=(EO_EXTENSION, VIEW_EXTENSION, LANDSAT_EXTENSION),
        renders=sensor_renders(nir="nir08", swir="swir16", ndvi=ndvi),
        warnings=warnings,
    )


def _read_mtl(files: SceneFiles, warnings: list[str]) -> dict[str, Any]:
    """Return the groups of the first MTL that can be read and is this scene's."""
    for name in MTL:
        if not (path := files.find(f"_{re.escape(name)}$")):
            continue
        try:
            content = files.read(path)
            groups = parse_odl(content) if name.endswith("txt") else _parsed(content, name)
        except SceneError as error:
            warnings.append(f"{path.rpartition('/')[2]} {error}.")
            continue
        groups = next((each for each in groups.values() if isinstance(each, dict)), {})
        own = flat(groups)
        names = {own.get("LANDSAT_PRODUCT_ID"), own.get("LANDSAT_SCENE_ID")}
        if files.id in names:
            return groups
        named = own.get("LANDSAT_PRODUCT_ID") or own.get("LANDSAT_SCENE_ID") or "no scene"
        warnings.append(f"{path.rpartition('/')[2]} describes {named}, not {files.id}; it is not used.")
    if not warnings:
        warnings.append("There is no MTL file: time and place are those of the name and of the images.")
    return {}


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    if name.endswith("json"):
        return parse_json(content)
    return {"LANDSAT_METADATA_FILE": xml_groups(parse_xml(content))}


def _asset(path: str, scene: str, values: Mapping[str, str]) -> SceneAsset:
    suffix = path.rpartition("/")[2].removeprefix(f"{scene}_")
    if match := BAND_FILE.fullmatch(suffix.upper()):
        return _band_asset(path, scene, match, values)
    if known := OTHERS.get(
        suffix.upper().removeprefix("SR_") if suffix.lower().endswith("stac.json") else suffix.upper()
    ):
        key, title, roles = known
        return SceneAsset(path=path, key=key, title=title, roles=roles)
    stem, _, ending = suffix.rpartition(".")
    is_raster = ending.upper() in {"TIF", "TIFF"}
    return SceneAsset(
        path=path, key=(stem if is_raster else suffix).lower(), roles=("data" if is_raster else "metadata",)
    )


def _known(scene: str, band: str) -> Known:
    if scene[1] == "M":
        first = 4 if _satellite(scene) <= 3 else 1
        found = dict(zip((str(first + each) for each in range(4)), MSS_BANDS, strict=True)).get(band)
    else:
        found = (OLI if scene[1] in "CO" else TM).get(band)
    return found or Known(f"b{band.lower()}", f"Band {band}")


def _satellite(scene: str) -> int:
    """Return the satellite's number: `LC08_L2SP_…`, or `LC8…` as before the Collections."""
    return int(scene[2:4]) if "_" in scene else int(scene[2])


def _band_asset(path: str, scene: str, match: re.Match[str], values: Mapping[str, str]) -> SceneAsset:
    band, kind = match["band"], match["kind"]
    known = _known(scene, band)
    number_of = {"ST_": f"ST_B{band}"}.get(kind, f"BAND_{band}")
    rescaling = ("TEMPERATURE", "REFLECTANCE") if kind == "ST_" else ("REFLECTANCE", "RADIANCE")
    scale, offset = next(
        (
            (found, number(values.get(f"{name}_ADD_{number_of}")))
            for name in rescaling
            if (found := number(values.get(f"{name}_MULT_{number_of}"))) is not None
        ),
        (None, None),
    )
    described = Band(
        name=f"{kind}B{band}",
        common_name=known.common_name,
        center_wavelength=known.center,
        full_width_half_max=known.width,
        scale=scale,
        offset=offset,
        unit="K" if kind == "ST_" else "",
    )
    measured = {"ST_": ("temperature",), "SR_": ("reflectance",)}.get(kind, ())
    title = f"{known.title} Band ({match[0].removesuffix('.TIF')})"
    return SceneAsset(path=path, key=known.key, title=title, roles=("data", *measured), bands=(described,))


def _missing(files: SceneFiles, mtl: Mapping[str, Any]) -> Iterator[str]:
    """Say which of the files that the MTL names are not there."""
    present = {path.rpartition("/")[2].upper() for path in files.paths}
    for name in companions_of(mtl):
        if name.upper() not in present and not name.upper().endswith((".TXT", ".XML", ".JSON")):
            yield f"{name} is missing, which the MTL names."


def companions_of(mtl: Mapping[str, Any]) -> Iterator[str]:
    """Give the names of the product's files; those of the Level 1 that it was made from are not among them."""
    product = mtl.get("PRODUCT_CONTENTS") or mtl.get("PRODUCT_METADATA") or {}
    if isinstance(product, Mapping):
        yield from (str(value) for name, value in product.items() if name.startswith("FILE_NAME_") and "/" not in value)


def companions(files: SceneFiles) -> Iterable[str]:
    mtl = _read_mtl(files, [])
    return [*companions_of(mtl), *(f"{files.id}_{name}" for name in (*MTL, "ANG.txt", "thumb_small.jpeg"))]


def _of_name(scene: str) -> dict[str, Any]:
    return {
        "platform": f"landsat-{_satellite(scene)}",
        "constellation": "landsat",
        "instruments": INSTRUMENTS[scene[1]],
        "gsd": GSD.get(scene[1], 30),
    }


def _of_mtl(mtl: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    product = flat(mtl.get("PRODUCT_CONTENTS") or {})
    category = product.get("COLLECTION_CATEGORY") or values.get("COLLECTION_CATEGORY")
    collection = product.get("COLLECTION_NUMBER") or values.get("COLLECTION_NUMBER")
    off_nadir = abs(number(values.get("ROLL_ANGLE")) or 0) if values.get("NADIR_OFFNADIR") == "OFFNADIR" else 0
    azimuth = number(values.get("SUN_AZIMUTH"))
    found = {
        "datetime": f"{values.get('DATE_ACQUIRED')}T{values.get('SCENE_CENTER_TIME', '00:00:00Z')}",
        "created": product.get("DATE_PRODUCT_GENERATED")
        or values.get("DATE_PRODUCT_GENERATED")
        or values.get("FILE_DATE"),
        "eo:cloud_cover": _share(values.get("CLOUD_COVER")),
        "view:off_nadir": off_nadir,
        "view:sun_azimuth": None if azimuth is None else azimuth % 360,
        "view:sun_elevation": number(values.get("SUN_ELEVATION")),
        "landsat:cloud_cover_land": _share(values.get("CLOUD_COVER_LAND")),
        "landsat:wrs_type": values.get("WRS_TYPE", "2"),
        "landsat:wrs_path": values.get("WRS_PATH", "").zfill(3),
        "landsat:wrs_row": values.get("WRS_ROW", "").zfill(3),
        "landsat:scene_id": values.get("LANDSAT_SCENE_ID"),
        "landsat:collection_category": category,
        "landsat:collection_number": collection.zfill(2) if collection else None,
        "landsat:correction": product.get("PROCESSING_LEVEL") or values.get("DATA_TYPE"),
        "processing:level": f"L{(product.get('PROCESSING_LEVEL') or values.get('DATA_TYPE') or 'L1')[1:2]}",
    }
    return {name: value for name, value in found.items() if value is not None}


def _share(text: str | None) -> float | None:
    """Return percent; USGS writes -1 where nobody counted."""
    value = number(text)
    return value if value is not None and 0 <= value <= 100 else None


def _outline(files: SceneFiles, values: Mapping[str, str]) -> dict[str, Any] | None:
    """Return where the image itself lies in its rectangle, by the corners that the ANG file names; None without one."""
    path = files.find(r"_ANG\.txt$")
    srs = _reference_system(values)
    if path is None or srs is None:
        return None
    try:
        angles = flat(parse_odl(files.read(path)))
        lines, samples = (
            [float(text) for text in angles[f"BAND01_L1T_IMAGE_CORNER_{axis}"].strip("()").split(",")]
            for axis in ("LINES", "SAMPS")
        )
        west, north = (float(text) for text in angles["UL_CORNER"].strip("()").split(","))
        size = float(angles["BAND01_PIXEL_SIZE"])
    except (KeyError, ValueError, SceneError):
        return None
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    to_degrees = osr.CoordinateTransformation(srs, degrees)
    corners = [
        to_degrees.TransformPoint(west + sample * size, north - line * size)[:2]
        for line, sample in zip(lines, samples, strict=True)
    ]
    ring = [[round(lon, 6), round(lat, 6)] for lon, lat in corners]
    return polygon_of(ring)


def _reference_system(values: Mapping[str, str]) -> Any | None:
    """Return the product's coordinate system: UTM, always north, or the poles' stereographic one."""
    epsg = 0
    if zone := number(values.get("UTM_ZONE")):
        epsg = 32600 + int(zone)
    elif values.get("MAP_PROJECTION") == "PS":
        epsg = 3031 if values.get("TRUE_SCALE_LAT", "").startswith("-") else 3995
    srs = osr.SpatialReference()
    if not epsg or srs.ImportFromEPSG(epsg):
        return None
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


SENSOR = Sensor(
    name="landsat",
    pattern=PRODUCT,
    describe=describe,
    lead=re.compile(r"_MTL\.(?:json|xml|txt)$", re.IGNORECASE),
    leads=lambda scene: (f"{scene}_{name}" for name in (*MTL, "ANG.txt")),
    companions=companions,
)
