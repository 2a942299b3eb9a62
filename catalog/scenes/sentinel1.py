"""Sentinel-1 scenes, Level 1 (GRD and SLC), as SAFE folders.

Format: ESA S1-RS-MDA-52-7440 and -7441 (product definition and specification), whose tables 5-1 and 5-3 have the
resolutions.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from catalog.scenes.metadata_files import number, read_xml, safe_paths, text_of
from catalog.scenes.scene import (
    EO_EXTENSION,
    SAR_EXTENSION,
    SAT_EXTENSION,
    Band,
    Description,
    SceneAsset,
    SceneFiles,
    Sensor,
    polygon_of,
    without_empty,
)

SAFE = re.compile(
    r"(?:^|/)(?P<scene>S1[A-D]_(?:IW|EW|WV|S[1-6])_(?:GRD|SLC)[FHM_]_1S[SD][HV]_\d{8}T\d{6}_\d{8}T\d{6}_\d{6}_"
    r"[0-9A-F]{6}_[0-9A-F]{4}(?:_COG)?\.SAFE)/.+$"
)
CODE = (
    r"s1[a-d]-(?P<swath>(?:iw|ew|wv)\d?|s\d)-(?P<type>grd|slc)-(?P<polarization>hh|hv|vv|vh)-\d{8}t\d{6}-\d{8}t\d{6}-"
    r"\d{6}-[0-9a-f]{6}-\d{3}(?:-cog)?"
)
FILES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (rf"measurement/{CODE}\.tiff$", "", "{} Data", ("data",)),
    (
        rf"annotation/calibration/calibration-{CODE}\.xml$",
        "schema-calibration-",
        "{} Calibration Schema",
        ("metadata",),
    ),
    (rf"annotation/calibration/noise-{CODE}\.xml$", "schema-noise-", "{} Noise Schema", ("metadata",)),
    (rf"annotation/{CODE}\.xml$", "schema-product-", "{} Product Schema", ("metadata",)),
)
POLARIZATIONS = {
    "VV": "vertical transmit and vertical receive",
    "VH": "vertical transmit and horizontal receive",
    "HH": "horizontal transmit and horizontal receive",
    "HV": "horizontal transmit and vertical receive",
}


class Resolution(NamedTuple):
    """Metres in range and azimuth, and the equivalent number of looks; of a mode's middle beam."""

    range: float
    azimuth: float
    equivalent_looks: float


RESOLUTIONS = {
    ("S", "GRD", "F"): Resolution(9, 9, 3.7),
    ("S", "GRD", "H"): Resolution(23, 23, 29.7),
    ("S", "GRD", "M"): Resolution(84, 84, 398.4),
    ("IW", "GRD", "H"): Resolution(20, 22, 4.4),
    ("IW", "GRD", "M"): Resolution(88, 87, 81.8),
    ("EW", "GRD", "H"): Resolution(50, 50, 2.7),
    ("EW", "GRD", "M"): Resolution(93, 87, 10.7),
    ("S", "SLC", "_"): Resolution(2.6, 5.0, 1),
    ("IW", "SLC", "_"): Resolution(3.1, 22.7, 1),
    ("EW", "SLC", "_"): Resolution(10.2, 42.9, 1),
    ("WV", "SLC", "_"): Resolution(2.0, 4.8, 1),
}
RESOLUTION_NAMES = {"F": "full", "H": "high", "M": "medium"}


def describe(files: SceneFiles) -> Description:
    """Describe a scene by its manifest, and by the annotation of its first image."""
    warnings: list[str] = []
    missing = "There is no manifest: time and place are those of the name and of the images."
    manifest = read_xml(files, r"^manifest\.safe$", warnings=warnings, missing=missing)
    annotation = read_xml(files, rf"^annotation/{CODE}\.xml$", warnings=[])
    assets = [found for path in files.paths if (found := _asset(path))]
    paths = {path.lower() for path in files.paths}
    named = [path for path in _named(manifest) if path.startswith("measurement/") and path.lower() not in paths]
    warnings += [f"{path.rpartition('/')[2]} is missing, which the manifest names." for path in named]
    polarizations = sorted({text.text or "" for text in manifest.iterfind(".//{*}transmitterReceiverPolarisation")})
    return Description(
        id=files.id.rpartition("_")[0] if re.search(r"_[0-9A-F]{4}$", files.id) else files.id,
        properties=_of_name(files.id) | _of_manifest(manifest) | _of_annotation(annotation),
        assets=assets,
        geometry=_outline(manifest),
        extensions=(EO_EXTENSION, SAR_EXTENSION, SAT_EXTENSION),
        renders=_renders(polarizations),
        warnings=warnings,
    )


def _renders(polarizations: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in polarizations:
        found[name.lower()] = {"title": f"{name}, amplitude", "assets": [name.lower()], "nodata": 0}
    for own, cross in (("vv", "vh"), ("hh", "hv")):
        if {own, cross} <= found.keys():
            title = f"{own.upper()}, {cross.upper()} and their ratio"
            expression = "b1;b2;b1/b2"
            rescale = [[0, 600], [0, 270], [0, 9]]
            found["ratio"] = {
                "title": title,
                "assets": [own, cross],
                "expression": expression,
                "rescale": rescale,
                "nodata": 0,
            }
    return found


def _of_name(scene: str) -> dict[str, Any]:
    parts = scene.split("_")
    mode, product = parts[1], scene[7:10]
    start, end = (datetime.strptime(text, "%Y%m%dT%H%M%S") for text in re.findall(r"\d{8}T\d{6}", scene)[:2])  # noqa: DTZ007
    resolution = RESOLUTIONS.get(("S" if mode[0] == "S" else mode, product, scene[10]))
    polarizations = {"S": [scene[15] * 2], "D": [f"{scene[15]}V", f"{scene[15]}H"]}[scene[14]]
    found: dict[str, Any] = {
        "platform": f"sentinel-{parts[0][1:].lower()}",
        "constellation": "sentinel-1",
        "instruments": ["c-sar"],
        **_period(start, end),
        "processing:level": "L1",
        "sar:frequency_band": "C",
        "sar:center_frequency": 5.405,
        "sar:observation_direction": "right",
        "sar:instrument_mode": "SM" if mode[0] == "S" else mode,
        "sar:product_type": product,
        "sar:polarizations": polarizations,
        "sat:absolute_orbit": int(re.findall(r"_(\d{6})_", scene)[-1]),
        "s1:processing_level": scene[12],
        "s1:product_identifier": scene,
    }
    if resolution:
        found |= {"sar:resolution_range": resolution.range, "sar:resolution_azimuth": resolution.azimuth}
        found["sar:looks_equivalent_number"] = resolution.equivalent_looks
    if scene[10] in RESOLUTION_NAMES:
        found["s1:resolution"] = RESOLUTION_NAMES[scene[10]]
    return found


def _period(start: datetime, end: datetime) -> dict[str, Any]:
    """Return the times of a period, and the moment in its middle."""
    named = {"start_datetime": start, "end_datetime": end, "datetime": start + (end - start) / 2}
    return {name: f"{moment.replace(tzinfo=UTC).isoformat().removesuffix('+00:00')}Z" for name, moment in named.items()}


def _of_manifest(manifest: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sat:platform_international_designator": text_of(manifest, ".//{*}nssdcIdentifier"),
        "sat:orbit_state": text_of(manifest, ".//{*}orbitProperties/{*}pass").lower(),
        "sat:absolute_orbit": _integer(manifest, ".//{*}orbitNumber"),
        "sat:relative_orbit": _integer(manifest, ".//{*}relativeOrbitNumber"),
        "s1:instrument_configuration_ID": text_of(manifest, ".//{*}instrumentConfigurationID"),
        "s1:datatake_id": text_of(manifest, ".//{*}missionDataTakeID"),
        "s1:product_timeliness": text_of(manifest, ".//{*}productTimelinessCategory"),
        "s1:slice_number": text_of(manifest, ".//{*}sliceNumber"),
        "s1:total_slices": text_of(manifest, ".//{*}totalSlices"),
    }
    polarizations = [each.text for each in manifest.iterfind(".//{*}transmitterReceiverPolarisation")]
    if polarizations:
        found["sar:polarizations"] = polarizations
        found["s1:orbit_source"] = _orbit_source(manifest)
    processing = manifest.find(".//{*}processing")
    if processing is not None and (stop := processing.get("stop")):
        found["s1:processing_datetime"] = f"{stop.removesuffix('Z')}Z"
    times = [text_of(manifest, f".//{{*}}acquisitionPeriod/{{*}}{name}") for name in ("startTime", "stopTime")]
    try:
        start, end = map(datetime.fromisoformat, times)
    except ValueError:
        return without_empty(found)
    return without_empty(found) | _period(start, end)


def _orbit_source(manifest: ET.Element) -> str:
    """Return where the orbit is from: what was sent down with the data, unless a file of orbits was used."""
    roles = {each.get("role", "") for each in manifest.iterfind(".//{*}resource")}
    return next(
        (name for name in ("POEORB", "RESORB", "PREORB") if any(name[:3] in role and "AUX" in role for role in roles)),
        "DOWNLINK",
    )


def _integer(root: ET.Element, path: str) -> int | None:
    value = number(text_of(root, path))
    return None if value is None else int(value)


def _of_annotation(annotation: ET.Element) -> dict[str, Any]:
    image = ".//imageAnnotation/imageInformation"
    samples, lines = (_integer(annotation, f"{image}/{name}") for name in ("numberOfSamples", "numberOfLines"))
    found: dict[str, Any] = {
        "sar:pixel_spacing_range": number(text_of(annotation, f"{image}/rangePixelSpacing")),
        "sar:pixel_spacing_azimuth": number(text_of(annotation, f"{image}/azimuthPixelSpacing")),
        "sar:looks_range": _integer(annotation, ".//swathProcParams/rangeProcessing/numberOfLooks"),
        "sar:looks_azimuth": _integer(annotation, ".//swathProcParams/azimuthProcessing/numberOfLooks"),
        "s1:shape": [samples, lines] if samples and lines else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _asset(path: str) -> SceneAsset | None:
    for pattern, prefix, title, roles in FILES:
        if match := re.search(f"^{pattern}", path, re.IGNORECASE):
            polarization = match["polarization"].upper()
            # Of single looks each swath is an image of its own.
            is_single = match["type"].lower() == "slc" and match["swath"][-1].isdecimal() and match["swath"][0] in "ie"
            name = f"{match['swath'].lower()}-{polarization.lower()}" if is_single else polarization.lower()
            description = f"{polarization} band: {POLARIZATIONS[polarization]}"
            bands = () if roles == ("metadata",) else (Band(name=polarization, description=description),)
            return SceneAsset(path=path, key=prefix + name, title=title.format(name.upper()), roles=roles, bands=bands)
    if path == "manifest.safe":
        return SceneAsset(path=path, key="safe-manifest", title="Manifest File", roles=("metadata",))
    if path == "preview/quick-look.png":
        return SceneAsset(path=path, key="thumbnail", title="Preview Image", roles=("thumbnail",))
    return None


def _named(manifest: ET.Element) -> list[str]:
    return [each.get("href", "").removeprefix("./") for each in manifest.iterfind(".//fileLocation")]


def _outline(manifest: ET.Element) -> dict[str, Any] | None:
    """Return the footprint of the manifest: `latitude,longitude` of each corner."""
    pairs = [text.split(",") for text in text_of(manifest, ".//{*}footPrint/{*}coordinates").split()]
    try:
        ring = [[float(longitude), float(latitude)] for latitude, longitude in pairs]
    except ValueError:
        return None
    return polygon_of(ring)


def companions(files: SceneFiles) -> Iterable[str]:
    return [path for path in safe_paths(files.read("manifest.safe")) if _asset(path)]


SENSOR = Sensor(
    name="sentinel-1",
    pattern=SAFE,
    describe=describe,
    lead=re.compile(r"/manifest\.safe$"),
    leads=lambda _: ("manifest.safe",),
    companions=companions,
)
